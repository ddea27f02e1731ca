/** Programs that are not databases and keep data of their own, and where. */
import type { ImageReference } from '../model/image-reference.ts'

export type Application = {
  readonly title: string
  readonly images: readonly string[]
  readonly directory: string
  /** What is lost with it. */
  readonly holds: string
}

const applications: readonly Application[] = [
  {
    title: 'Nextcloud',
    images: ['nextcloud', 'lscr.io/linuxserver/nextcloud'],
    directory: '/var/www/html',
    holds: 'files and configuration',
  },
  {
    title: 'WordPress',
    images: ['wordpress'],
    directory: '/var/www/html',
    holds: 'uploads, plugins and themes',
  },
  { title: 'Ghost', images: ['ghost'], directory: '/var/lib/ghost/content', holds: 'images and themes' },
  {
    title: 'Gitea',
    images: ['gitea/gitea', 'docker.gitea.com/gitea'],
    directory: '/data',
    holds: 'repositories',
  },
  { title: 'Forgejo', images: ['codeberg.org/forgejo/forgejo'], directory: '/data', holds: 'repositories' },
  {
    title: 'GitLab',
    images: ['gitlab/gitlab-ce', 'gitlab/gitlab-ee'],
    directory: '/var/opt/gitlab',
    holds: 'repositories and their database',
  },
  { title: 'Jenkins', images: ['jenkins/jenkins'], directory: '/var/jenkins_home', holds: 'jobs and builds' },
  {
    title: 'the registry',
    images: ['registry', 'distribution/distribution'],
    directory: '/var/lib/registry',
    holds: 'images',
  },
  {
    title: 'Grafana',
    images: ['grafana/grafana', 'grafana/grafana-oss', 'grafana/grafana-enterprise'],
    directory: '/var/lib/grafana',
    holds: 'dashboards and users',
  },
  { title: 'Prometheus', images: ['prom/prometheus'], directory: '/prometheus', holds: 'metrics' },
  {
    title: 'Vaultwarden',
    images: ['vaultwarden/server', 'ghcr.io/dani-garcia/vaultwarden'],
    directory: '/data',
    holds: 'passwords',
  },
  {
    title: 'Portainer',
    images: ['portainer/portainer-ce', 'portainer/portainer-ee'],
    directory: '/data',
    holds: 'settings',
  },
  {
    title: 'Uptime Kuma',
    images: ['louislam/uptime-kuma'],
    directory: '/app/data',
    holds: 'monitors and history',
  },
  {
    title: 'n8n',
    images: ['n8nio/n8n', 'docker.n8n.io/n8nio/n8n'],
    directory: '/home/node/.n8n',
    holds: 'workflows and the key of their credentials',
  },
  {
    title: 'Home Assistant',
    images: ['homeassistant/home-assistant', 'ghcr.io/home-assistant/home-assistant'],
    directory: '/config',
    holds: 'configuration and history',
  },
  {
    title: 'Jellyfin',
    images: ['jellyfin/jellyfin', 'lscr.io/linuxserver/jellyfin'],
    directory: '/config',
    holds: 'the library',
  },
  { title: 'Nexus', images: ['sonatype/nexus3'], directory: '/nexus-data', holds: 'artifacts' },
  { title: 'MinIO', images: ['minio/minio', 'quay.io/minio/minio'], directory: '/data', holds: 'objects' },
  {
    title: 'Mosquitto',
    images: ['eclipse-mosquitto'],
    directory: '/mosquitto/data',
    holds: 'retained messages',
  },
  { title: 'Node-RED', images: ['nodered/node-red'], directory: '/data', holds: 'flows' },
  {
    title: 'Paperless',
    images: ['ghcr.io/paperless-ngx/paperless-ngx'],
    directory: '/usr/src/paperless',
    holds: 'documents',
  },
  { title: 'Redmine', images: ['redmine'], directory: '/usr/src/redmine/files', holds: 'attachments' },
  { title: 'Matomo', images: ['matomo'], directory: '/var/www/html', holds: 'configuration' },
  { title: 'Joomla', images: ['joomla'], directory: '/var/www/html', holds: 'uploads and configuration' },
  { title: 'Kafka', images: ['confluentinc/cp-kafka'], directory: '/var/lib/kafka/data', holds: 'messages' },
  {
    title: 'Kafka',
    images: ['bitnami/kafka', 'bitnamilegacy/kafka'],
    directory: '/bitnami/kafka',
    holds: 'messages',
  },
  {
    title: 'Actual',
    images: ['actualbudget/actual-server', 'ghcr.io/actualbudget/actual'],
    directory: '/data',
    holds: 'budgets',
  },
  {
    title: 'FreshRSS',
    images: ['freshrss/freshrss'],
    directory: '/var/www/FreshRSS/data',
    holds: 'feeds and users',
  },
  {
    title: 'Wallabag',
    images: ['wallabag/wallabag'],
    directory: '/var/www/wallabag/data',
    holds: 'articles',
  },
]

const byRepository = new Map(
  applications.flatMap((known) => known.images.map((name) => [name, known] as const)),
)

export function applicationOf(image: ImageReference): Application | undefined {
  return byRepository.get(image.repository)
}
