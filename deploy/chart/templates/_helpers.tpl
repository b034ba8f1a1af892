{{- define "pmd.name" -}}
{{- if contains "pmd" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-pmd" (.Release.Name | trunc 36) }}{{ end -}}
{{- end -}}

{{- define "pmd.selector" -}}
app.kubernetes.io/name: pmd
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "pmd.labels" -}}
{{ include "pmd.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "pmd.image" -}}
{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end -}}

{{/* The names of the secrets that are mounted. */}}
{{- define "pmd.secrets" -}}
{{ (ternary .Values.secret.names (keys .Values.secret.values | sortAlpha) (ne .Values.secret.existing "")) | toJson }}
{{- end -}}

{{- define "pmd.secretName" -}}
{{ .Values.secret.existing | default (include "pmd.name" .) }}
{{- end -}}

{{/* What every pod is: nobody, without a token, and with secrets as files. */}}
{{- define "pmd.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- end -}}

{{/* What every container of a server or worker has. */}}
{{- define "pmd.container" -}}
image: {{ include "pmd.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
envFrom: [{ configMapRef: { name: {{ include "pmd.name" . }} } }]
securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }
volumeMounts:
  - { name: scratch, mountPath: /tmp }
  - { name: secret, mountPath: /run/secrets/pmd, readOnly: true }
  {{- if .Values.vault.claim }}
  - { name: vault, mountPath: /vault }
  {{- end }}
{{- end -}}

{{- define "pmd.env" -}}
{{- range fromJsonArray (include "pmd.secrets" .) }}
- { name: {{ . }}_FILE, value: /run/secrets/pmd/{{ . }} }
{{- end }}
{{- with .Values.vault.ca }}
- { name: AWS_CA_BUNDLE, value: /run/secrets/pmd/{{ . }} }
{{- end }}
{{- end -}}

{{- define "pmd.volumes" -}}
- name: secret
  secret: { secretName: {{ include "pmd.secretName" . }}, defaultMode: 0440 }
{{- if .Values.vault.claim }}
- name: vault
  persistentVolumeClaim: { claimName: {{ .Values.vault.claim }} }
{{- end }}
{{- end -}}

{{/* New settings and secrets are new pods. */}}
{{- define "pmd.annotations" -}}
checksum/config: {{ toJson .Values.settings | sha256sum }}
checksum/secret: {{ toJson .Values.secret | sha256sum }}
{{- with .Values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The kinds of work of each part of the workers, as in the metrics. */}}
{{- define "pmd.kinds" -}}
downloads: bdr
probes: probe
tasks: task
packs: export
imports: import
publishing: publish
media: probe|task|export|import|publish
upkeep: email|webhook|bulk_change|delivery
all: .*
{{- end -}}
