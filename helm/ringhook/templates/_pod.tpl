{{/* What every pod of the chart has in common, the restricted pod security among it. */}}

{{/* Who a pod runs as, and where it may run. */}}
{{- define "ringhook.pod" -}}
serviceAccountName: {{ include "ringhook.serviceAccount" . }}
{{ include "ringhook.pod.shared" . }}
{{- end }}

{{- define "ringhook.pod.shared" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  {{- with .Values.runAsUser }}
  runAsUser: {{ int64 . }}
  runAsGroup: {{ int64 . }}
  fsGroup: {{ int64 . }}
  fsGroupChangePolicy: OnRootMismatch
  {{- end }}
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "ringhook.container" -}}
image: {{ include "ringhook.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
resources:
  {{- toYaml .Values.resources | nindent 2 }}
{{- end }}

{{/* The authorities, as a volume and where it is mounted. */}}
{{- define "ringhook.ca.volume" -}}
{{- if .Values.extraCa.configMap }}
- name: ca
  configMap:
    name: {{ .Values.extraCa.configMap }}
{{- else if .Values.extraCa.secret }}
- name: ca
  secret:
    secretName: {{ .Values.extraCa.secret }}
{{- end }}
{{- end }}

{{- define "ringhook.ca.mount" -}}
{{- if or .Values.extraCa.configMap .Values.extraCa.secret }}
- name: ca
  mountPath: /etc/ringhook/ca
  readOnly: true
{{- end }}
{{- end }}

{{- define "ringhook.scratch" -}}
emptyDir:
  sizeLimit: {{ .Values.scratch.sizeLimit }}
{{- end }}

{{/* The pod that serves, in a Deployment or a StatefulSet. */}}
{{- define "ringhook.serving" -}}
metadata:
  labels:
    {{- include "ringhook.labels" (list . "server") | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    kubectl.kubernetes.io/default-container: ringhook
    {{- with include "ringhook.secret.data.serve" . }}
    checksum/secret: {{ sha256sum . }}
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- include "ringhook.pod" . | nindent 2 }}
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- if and .Values.topologySpread.enabled (eq .Values.mode "cluster") }}
  topologySpreadConstraints:
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: {{ $.Values.topologySpread.whenUnsatisfiable }}
      labelSelector:
        matchLabels:
          {{- include "ringhook.selector" (list $ "server") | nindent 10 }}
      matchLabelKeys: [pod-template-hash]
    {{- end }}
  {{- end }}
  containers:
    - name: ringhook
      {{- include "ringhook.container" . | nindent 6 }}
      args: [serve]
      env:
        {{- include "ringhook.environment.base" (list . (include "ringhook.fullname" .)) | nindent 8 }}
        {{- include "ringhook.environment.serve" . | nindent 8 }}
      {{- with .Values.extraEnvFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - name: http
          containerPort: 8080
        {{- if .Values.metrics.enabled }}
        - name: metrics
          containerPort: {{ .Values.metrics.port }}
        {{- end }}
      {{- include "ringhook.probes" . | nindent 6 }}
      volumeMounts:
        - name: data
          mountPath: /data
        {{- include "ringhook.ca.mount" . | nindent 8 }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  {{- include "ringhook.volumes" . | nindent 2 }}
{{- end }}

{{/* A pod that ends is told so at once, and the traffic a little later: until then it takes what still comes. */}}
{{- define "ringhook.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: http }
  {{- toYaml .Values.probes.startup | nindent 2 }}
readinessProbe:
  httpGet: { path: /readyz, port: http }
  {{- toYaml .Values.probes.readiness | nindent 2 }}
livenessProbe:
  httpGet: { path: /healthz, port: http }
  {{- toYaml .Values.probes.liveness | nindent 2 }}
{{- if .Values.preStopSeconds }}
lifecycle:
  preStop:
    sleep:
      seconds: {{ .Values.preStopSeconds }}
{{- end }}
{{- end }}

{{/* On the embedded database the volume is a claim, the StatefulSet's own or one that is there already. */}}
{{- define "ringhook.volumes" -}}
{{- $given := include "ringhook.ca.volume" . }}
{{- $claimed := and (eq .Values.mode "single") (not .Values.persistence.existingClaim) }}
{{- if or $given .Values.extraVolumes (not $claimed) -}}
volumes:
  {{- if eq .Values.mode "cluster" }}
  - name: data
    {{- include "ringhook.scratch" . | nindent 4 }}
  {{- else if .Values.persistence.existingClaim }}
  - name: data
    persistentVolumeClaim:
      claimName: {{ .Values.persistence.existingClaim }}
  {{- end }}
  {{- $given | nindent 2 }}
  {{- with .Values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}
