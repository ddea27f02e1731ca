/** Images whose work needs what others should not see. */

const managers =
  /(^|\/)(traefik|portainer(-ce|-ee)?|watchtower|autoheal|docker-autoheal|dozzle|docker-socket-proxy|socket-proxy|gitlab-runner|act_runner|runner|forgejo-runner|woodpecker-agent|drone-runner-docker|cadvisor|telegraf|netdata|agent|datadog-agent|nginx-proxy|docker-gen|acme-companion|letsencrypt-nginx-proxy-companion|caddy-docker-proxy|diun|ofelia|homepage|dockge|yacht|lazydocker|ctop|docker-volume-backup|docker-backup|jenkins|whats-up-docker|wud|promtail|alloy|vector|filebeat|metricbeat|fluent-bit|docker|dind|swarm-cronjob|shepherd|deunhealth|komodo-periphery|glances|beszel-agent|uptime-kuma)$/

const monitors =
  /(^|\/)(node-exporter|cadvisor|netdata|telegraf|agent|datadog-agent|promtail|alloy|vector|filebeat|metricbeat|fluent-bit|fluentd|process-exporter|glances|beszel-agent|docker-volume-backup|grafana-agent|otel\/opentelemetry-collector(-contrib)?|opentelemetry-collector-contrib)$/

/** Talks to the docker engine because that is what it is for. */
export function managesContainers(repository: string): boolean {
  return managers.test(repository)
}

/** Reads the host because that is what it is for. */
export function watchesTheHost(repository: string): boolean {
  return monitors.test(repository)
}
