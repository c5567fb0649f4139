{{/* What cannot work is refused here, in words that say what to do. What a single value may be is in the schema. */}}
{{- define "ringhook.checks" -}}
{{- include "ringhook.checks.mode" . }}
{{- include "ringhook.checks.secrets" . }}
{{- include "ringhook.checks.ways" . }}
{{- end }}

{{- define "ringhook.checks.mode" -}}
{{- if eq .Values.mode "single" }}
{{- if gt (int .Values.replicas) 1 }}
{{- fail "replicas: the embedded database serves one pod; set mode=cluster, with a database and NATS, or replicas=1" }}
{{- end }}
{{- if .Values.autoscaling.enabled }}
{{- fail "autoscaling.enabled: the embedded database serves one pod; set mode=cluster, with a database and NATS" }}
{{- end }}
{{- if include "ringhook.secret.given" .Values.database }}
{{- fail "database: is for mode=cluster; with mode=single the database is on the volume. To run one pod on Postgres, set mode=cluster and replicas=1" }}
{{- end }}
{{- else }}
{{- if not (include "ringhook.secret.given" .Values.database) }}
{{- fail "database: mode=cluster needs Postgres; set database.url or database.existingSecret.name" }}
{{- end }}
{{- if not (include "ringhook.secret.given" .Values.masterKey) }}
{{- fail "masterKey: mode=cluster needs it; make one with `openssl rand -base64 32`, keep it where you keep secrets, and set masterKey.value or masterKey.existingSecret.name" }}
{{- end }}
{{- if and (include "ringhook.several" .) .Values.nats.required (not (include "ringhook.secret.given" .Values.nats)) }}
{{- fail "nats: several pods need a bus, or a call rings only the sockets of the pod that takes it; set nats.url or nats.existingSecret.name, or nats.required=false if no device uses a socket" }}
{{- end }}
{{- end }}
{{- if and .Values.autoscaling.enabled (gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) }}
{{- fail "autoscaling.minReplicas: is above autoscaling.maxReplicas" }}
{{- end }}
{{- end }}

{{- define "ringhook.checks.secrets" -}}
{{- range $name, $given := dict "database.url" .Values.database "nats.url" .Values.nats "smtp.url" .Values.smtp "masterKey.value" .Values.masterKey "oidc.clientSecret" .Values.oidc }}
{{- if and (get $given (last (splitList "." $name))) $given.existingSecret.name }}
{{- fail (printf "%s: is given, and a Secret with it too; keep one of them" $name) }}
{{- end }}
{{- end }}
{{- /* The schema would show what it refuses, so secrets are looked at here. */}}
{{- range $name, $rule := dict
    "database.url" (list .Values.database.url "^postgres(ql)?://." "must begin with postgres://")
    "nats.url" (list .Values.nats.url "^(nats|tls)://." "must begin with nats:// or tls://")
    "smtp.url" (list .Values.smtp.url "^smtps?://." "must begin with smtp:// or smtps://")
    "masterKey.value" (list .Values.masterKey.value "^[A-Za-z0-9+/]{43}=(,[A-Za-z0-9+/]{43}=)*$" "must be base64 of 32 bytes, as `openssl rand -base64 32` makes it, or several with commas between") }}
{{- if and (index $rule 0) (not (regexMatch (index $rule 1) (index $rule 0))) }}
{{- fail (printf "%s: %s" $name (index $rule 2)) }}
{{- end }}
{{- end }}
{{- if and (include "ringhook.secret.given" .Values.smtp) (not .Values.smtp.from) }}
{{- fail "smtp.from: says whom mails are from, and is required with SMTP; such as `Ringhook <ringhook@example.com>`" }}
{{- end }}
{{- $oidc := list .Values.oidc.issuer .Values.oidc.clientId (include "ringhook.secret.given" .Values.oidc) | compact }}
{{- if and $oidc (ne (len $oidc) 3) }}
{{- fail "oidc: takes issuer, clientId and a client secret; set all three or none" }}
{{- end }}
{{- if and .Values.extraCa.configMap .Values.extraCa.secret }}
{{- fail "extraCa: takes a ConfigMap or a Secret, not both" }}
{{- end }}
{{- end }}

{{- define "ringhook.checks.ways" -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) }}
{{- fail "ingress.host: is required with ingress.enabled" }}
{{- end }}
{{- if and .Values.gateway.enabled (not (and .Values.gateway.host .Values.gateway.parentRefs)) }}
{{- fail "gateway: host and parentRefs are required with gateway.enabled" }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.metrics.enabled) }}
{{- fail "metrics.serviceMonitor.enabled: there is nothing to read without metrics.enabled" }}
{{- end }}
{{- if lt (int .Values.terminationGracePeriodSeconds) (int (add .Values.preStopSeconds 13)) }}
{{- fail (printf "terminationGracePeriodSeconds: must be %d or more, which is preStopSeconds and 13 s for draining" (add .Values.preStopSeconds 13)) }}
{{- end }}
{{- end }}
