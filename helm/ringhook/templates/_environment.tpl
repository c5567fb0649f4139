{{/* The container's variables. A secret is only ever named here, by the Secret that holds it. */}}

{{/* Whether a secret is given, either way; takes its block of the values. */}}
{{- define "ringhook.secret.given" -}}
{{- if or .existingSecret.name .url .value .clientSecret }}yes{{ end }}
{{- end }}

{{/* One variable out of a Secret: a list of the block, the variable, the chart's Secret, and the key there. */}}
{{- define "ringhook.secret.variable" -}}
{{- $block := index . 0 }}
{{- if include "ringhook.secret.given" $block }}
- name: {{ index . 1 }}
  valueFrom:
    secretKeyRef:
      name: {{ default (index . 2) $block.existingSecret.name }}
      key: {{ ternary $block.existingSecret.key (index . 3) (ne $block.existingSecret.name "") }}
{{- end }}
{{- end }}

{{/* What every command needs: a list of the root and the name of the chart's Secret. */}}
{{- define "ringhook.environment.base" -}}
{{- $root := index . 0 }}
{{- $values := $root.Values -}}
- name: RINGHOOK_DATA_DIR
  value: /data
- name: RINGHOOK_LOG
  value: {{ $values.log.filter | quote }}
- name: RINGHOOK_LOG_FORMAT
  value: {{ $values.log.format }}
{{- if eq $values.mode "cluster" }}
{{- include "ringhook.secret.variable" (list $values.database "RINGHOOK_DATABASE_URL" (index . 1) "database-url") }}
{{- end }}
{{- include "ringhook.secret.variable" (list $values.masterKey "RINGHOOK_MASTER_KEY" (index . 1) "master-key") }}
{{- if or $values.extraCa.configMap $values.extraCa.secret }}
- name: RINGHOOK_EXTRA_CA_FILE
  value: /etc/ringhook/ca/{{ $values.extraCa.key }}
{{- end }}
{{- end }}

{{/* What `serve` needs besides. */}}
{{- define "ringhook.environment.serve" -}}
{{- $secret := include "ringhook.fullname" . -}}
- name: RINGHOOK_LISTEN
  value: 0.0.0.0:8080
- name: RINGHOOK_METRICS_LISTEN
  value: {{ ternary (printf "0.0.0.0:%d" (int .Values.metrics.port)) "" .Values.metrics.enabled | quote }}
{{- if .Values.metrics.enabled }}
- name: RINGHOOK_METRICS_WORKSPACES
  value: {{ .Values.metrics.workspaces | quote }}
{{- end }}
- name: RINGHOOK_PUBLIC_URL
  value: {{ include "ringhook.publicUrl" . | quote }}
- name: RINGHOOK_SIGNUP
  value: {{ .Values.signup }}
{{- with .Values.trustedProxies }}
- name: RINGHOOK_TRUSTED_PROXIES
  value: {{ join "," . | quote }}
{{- end }}
{{- if eq .Values.mode "cluster" }}
- name: RINGHOOK_DATABASE_CONNECTIONS
  value: {{ .Values.database.connections | quote }}
- name: RINGHOOK_MIGRATE
  value: {{ not .Values.migration.enabled | quote }}
{{- end }}
{{- include "ringhook.secret.variable" (list .Values.nats "RINGHOOK_NATS_URL" $secret "nats-url") }}
{{- include "ringhook.secret.variable" (list .Values.smtp "RINGHOOK_SMTP_URL" $secret "smtp-url") }}
{{- with .Values.smtp.from }}
- name: RINGHOOK_MAIL_FROM
  value: {{ . | quote }}
{{- end }}
{{- if .Values.oidc.issuer }}
- name: RINGHOOK_OIDC_ISSUER
  value: {{ .Values.oidc.issuer | quote }}
- name: RINGHOOK_OIDC_CLIENT_ID
  value: {{ .Values.oidc.clientId | quote }}
{{- include "ringhook.secret.variable" (list .Values.oidc "RINGHOOK_OIDC_CLIENT_SECRET" $secret "oidc-client-secret") }}
{{- end }}
{{- range $key, $value := .Values.quotas }}
- name: {{ ternary "RINGHOOK_API_REQUESTS_PER_SECOND" (printf "RINGHOOK_QUOTA_%s" (snakecase $key | upper)) (eq $key "apiRequestsPerSecond") }}
  value: {{ int64 $value | quote }}
{{- end }}
{{- with .Values.tracing.endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The secrets that are given in the values, as the chart's Secret holds them; empty when there are none. */}}
{{- define "ringhook.secret.data" -}}
{{- with .Values.database.url }}
database-url: {{ . | quote }}
{{- end }}
{{- with .Values.masterKey.value }}
master-key: {{ . | quote }}
{{- end }}
{{- end }}

{{- define "ringhook.secret.data.serve" -}}
{{- include "ringhook.secret.data" . }}
{{- with .Values.nats.url }}
nats-url: {{ . | quote }}
{{- end }}
{{- with .Values.smtp.url }}
smtp-url: {{ . | quote }}
{{- end }}
{{- with .Values.oidc.clientSecret }}
oidc-client-secret: {{ . | quote }}
{{- end }}
{{- end }}
