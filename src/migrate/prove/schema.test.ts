import { expect, test } from 'vitest'
import { schemaEntries, schemaFacts } from './schema.ts'

const heading = (name: string, type: string, schema = 'public') => [
  '--',
  `-- Name: ${name}; Type: ${type}; Schema: ${schema}; Owner: keeper`,
  '--',
]

test('a dump must be cut at its headings, without what belongs to the session', () => {
  const entries = schemaEntries([
    '-- Dumped from database version 13.23',
    'SET statement_timeout = 0;',
    ...heading('t', 'TABLE'),
    String.raw`\restrict abc`,
    'SET default_tablespace = fast;',
    'CREATE TABLE public.t (a int);',
    ...heading('f()', 'FUNCTION'),
    'UPDATE t',
    'SET a = 1',
    ...heading('shop', 'DATABASE', '-'),
    'CREATE DATABASE shop;',
    ...heading('t', 'TABLE'),
  ])
  expect(entries.map(({ name }) => name)).toEqual([
    'TABLE public.t',
    'FUNCTION public.f()',
    'DATABASE shop',
    'TABLE public.t (2)',
  ])
  expect(entries[0]?.text.split('\n').slice(1)).toEqual(['CREATE TABLE public.t (a int);'])
  expect(entries[1]?.text).toContain('SET a = 1')
})

test('marks of a Debian package must not count, and options of users must', () => {
  const [entry] = schemaEntries([
    ...heading('t', 'TABLE'),
    'CREATE TABLE public.t (a int, b int);',
    'ALTER TABLE ONLY public.t ALTER COLUMN a SET (pg_attver=123);',
    'ALTER TABLE ONLY public.t ALTER COLUMN b SET (pg_attver=123, n_distinct=5);',
    'ALTER TABLE ONLY public."odd',
    'name" ALTER COLUMN b SET (pg_attver=123);',
  ])
  expect(entry?.text.split('\n').slice(1)).toEqual([
    'CREATE TABLE public.t (a int, b int);',
    'ALTER TABLE ONLY public.t ALTER COLUMN b SET (n_distinct=5);',
  ])
})

test('a definition with a password in it must not be kept as it is', () => {
  const secret = "OPTIONS (password 's3cret')"
  const facts = schemaFacts('shop', [...heading('USER MAPPING u SERVER s', 'USER MAPPING', '-'), secret])
  expect(JSON.stringify(facts)).not.toContain('s3cret')
  const other = schemaFacts('shop', [
    ...heading('USER MAPPING u SERVER s', 'USER MAPPING', '-'),
    `${secret};`,
  ])
  expect(facts[0]?.fields['digest']).not.toBe(other[0]?.fields['digest'])
})
