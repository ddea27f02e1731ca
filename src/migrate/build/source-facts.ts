import { fieldsOf, flag, list, text } from '../../snapshots/read.ts'
import type { PostgresServer } from '../server.ts'
import { askJson } from './shell.ts'

/** What a new cluster must have in common with the old one. */
export type SourceFacts = {
  /** Of template0, which nobody changes: what initdb was told. */
  readonly locale: ClusterLocale
  readonly databases: readonly SourceDatabase[]
  readonly tablespaces: readonly Tablespace[]
  /** What is set for all roles in all databases, as `name=value`. */
  readonly settingsOfAll: readonly string[]
  /** Whether the group may read its files (initdb --allow-group-access). */
  readonly groupAccess: boolean
}

export type ClusterLocale = {
  readonly encoding: string
  readonly collate: string
  readonly characterType: string
  readonly provider: 'libc' | 'icu' | 'builtin'
  /** Of ICU or of the built-in provider. */
  readonly locale: string | undefined
  readonly icuRules: string | undefined
}

export type SourceDatabase = {
  readonly name: string
  readonly allowsConnections: boolean
  readonly bytes: number
}

export type Tablespace = {
  readonly oid: string
  readonly name: string
  readonly owner: string
  readonly location: string
}

// A row as JSON has whatever columns the version has: the names of those for locales changed in 15 and in 17.
const sql = `
SELECT json_build_object(
  'template', (SELECT to_jsonb(d) - 'datacl' || jsonb_build_object('encodingName', pg_encoding_to_char(d.encoding))
    FROM pg_database d WHERE datname = 'template0'),
  'databases', (SELECT json_agg(json_build_object('name', datname, 'allows', datallowconn,
    'bytes', pg_database_size(oid)::text) ORDER BY oid) FROM pg_database WHERE datname <> 'template0'),
  'tablespaces', (SELECT coalesce(json_agg(json_build_object('oid', oid::text, 'name', spcname,
    'owner', pg_get_userbyid(spcowner), 'location', pg_tablespace_location(oid)) ORDER BY oid), '[]')
    FROM pg_tablespace WHERE oid >= 16384),
  'settings', coalesce((SELECT to_json(setconfig) FROM pg_db_role_setting
    WHERE setdatabase = 0 AND setrole = 0), '[]'),
  'mode', (SELECT setting FROM pg_settings WHERE name = 'data_directory_mode'))
`

/** Asks the old server. */
export async function sourceFacts(server: PostgresServer): Promise<SourceFacts> {
  const answer = fieldsOf(await askJson(server, 'read the old cluster', sql), 'answer')
  const template = fieldsOf(answer['template'], 'template0')
  const optional = (...names: readonly string[]) => {
    const found = names.map((name) => template[name]).find((value) => typeof value === 'string')
    return typeof found === 'string' ? found : undefined
  }
  return {
    locale: {
      encoding: text(template['encodingName'], 'encoding'),
      collate: text(template['datcollate'], 'datcollate'),
      characterType: text(template['datctype'], 'datctype'),
      provider: providers[optional('datlocprovider') ?? 'c'] ?? 'libc',
      locale: optional('datlocale', 'daticulocale'),
      icuRules: optional('daticurules'),
    },
    databases: list(answer['databases'], 'databases', (each) => {
      const row = fieldsOf(each, 'database')
      return {
        name: text(row['name'], 'name'),
        allowsConnections: flag(row['allows'], 'allows'),
        bytes: Number(text(row['bytes'], 'bytes')),
      }
    }),
    tablespaces: list(answer['tablespaces'], 'tablespaces', (each) => {
      const row = fieldsOf(each, 'tablespace')
      return {
        oid: text(row['oid'], 'oid'),
        name: text(row['name'], 'name'),
        owner: text(row['owner'], 'owner'),
        location: text(row['location'], 'location'),
      }
    }),
    settingsOfAll: list(answer['settings'], 'settings', text),
    // Before 11 there is no such setting, and no such access.
    groupAccess: answer['mode'] === '0750',
  }
}

/** pg_database.datlocprovider (catalogs documentation). */
const providers: Readonly<Record<string, ClusterLocale['provider']>> = { c: 'libc', i: 'icu', b: 'builtin' }
