{{- define "flowg.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- /* 52: Kubernetes appends a hash of 10 digits and a dash in a label, which takes 63 characters. */ -}}
{{- define "flowg.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $whole := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- default $whole .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "flowg.headlessName" -}}
{{- include "flowg.fullname" . }}-headless
{{- end -}}

{{- define "flowg.secretName" -}}
{{- default (include "flowg.fullname" .) .Values.auth.existingSecret -}}
{{- end -}}

{{- define "flowg.claimName" -}}
{{- default (printf "data-%s-0" (include "flowg.fullname" .)) .Values.persistence.existingClaim -}}
{{- end -}}

{{- define "flowg.serviceAccountName" -}}
{{- $standard := .Values.serviceAccount.create | ternary (include "flowg.fullname" .) "default" -}}
{{- default $standard .Values.serviceAccount.name -}}
{{- end -}}

{{- define "flowg.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ default $.Chart.AppVersion .tag }}{{ end -}}
{{- end -}}
{{- end -}}

{{- define "flowg.selectorLabels" -}}
app.kubernetes.io/name: {{ include "flowg.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "flowg.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "flowg.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "flowg.httpScheme" -}}
{{- .Values.tls.http.secretName | empty | ternary "http" "https" -}}
{{- end -}}

{{- define "flowg.mgmtScheme" -}}
{{- .Values.tls.mgmt.secretName | empty | ternary "http" "https" -}}
{{- end -}}

{{- /* Numbers of a values file are floating-point to helm: without this 5000000 would become 5e+06. */ -}}
{{- define "flowg.settingValue" -}}
{{- kindIs "float64" . | ternary (int64 . | toString) (toString .) | quote -}}
{{- end -}}

{{- /* What no schema can say, as it is about two values at once. */ -}}
{{- define "flowg.checkValues" -}}
{{- range .Values.extraEnv -}}
{{- if hasPrefix "FLOWG_" .name }}{{ fail (printf "extraEnv: %s is a setting of the server, it goes to `settings`" .name) }}{{ end -}}
{{- end -}}
{{- with .Values -}}
{{- if and .tls.syslog.secretName (not (and .syslog.enabled (eq .syslog.protocol "tcp"))) }}{{ fail "tls.syslog.secretName needs syslog.enabled: true and syslog.protocol: tcp" }}{{ end -}}
{{- if and .tls.syslog.requireClientCertificate (not .tls.syslog.secretName) }}{{ fail "tls.syslog.requireClientCertificate needs tls.syslog.secretName" }}{{ end -}}
{{- if and .prometheusRule.enabled (not .serviceMonitor.enabled) }}{{ fail "prometheusRule.enabled needs serviceMonitor.enabled: its rules are about what that scrapes" }}{{ end -}}
{{- if and .serviceMonitor.enabled .networkPolicy.enabled (not .networkPolicy.metricsFrom) }}{{ fail "serviceMonitor.enabled needs networkPolicy.metricsFrom: which pods may read the metrics" }}{{ end -}}
{{- if and .ingress.enabled (not .ingress.hosts) }}{{ fail "ingress.enabled needs ingress.hosts" }}{{ end -}}
{{- end -}}
{{- end -}}
