{{- /* Everything that the server is told. All names are in src/settings.ts, which a test compares. */ -}}
{{- define "flowg.environment" -}}
- name: FLOWG_DATA_DIR
  value: /data
- name: FLOWG_HTTP_BIND_ADDRESS
  value: {{ printf "%s:5080" .Values.bindHost | quote }}
- name: FLOWG_MGMT_BIND_ADDRESS
  value: {{ printf "%s:9113" .Values.bindHost | quote }}
{{- if .Values.syslog.enabled }}
- name: FLOWG_SYSLOG_BIND_ADDRESS
  value: {{ printf "%s:5514" .Values.bindHost | quote }}
- name: FLOWG_SYSLOG_PROTOCOL
  value: {{ .Values.syslog.protocol }}
{{- end }}
{{- include "flowg.secretEnvironment" . }}
{{- include "flowg.tlsEnvironment" . }}
{{- include "flowg.backupEnvironment" . }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ include "flowg.settingValue" $value }}
{{- end }}
{{- end -}}

{{- define "flowg.secretEnvironment" }}
{{- $keys := dict "FLOWG_SECRET_KEY" "secret-key" "FLOWG_AUTH_INITIAL_USER" "initial-user" "FLOWG_AUTH_INITIAL_PASSWORD" "initial-password" }}
{{- range $name, $key := $keys }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ include "flowg.secretName" $ }}
      key: {{ $key }}
{{- end }}
{{- /* The way back in: in the Secret only for the one start that needs them. */}}
{{- range $name, $key := dict "FLOWG_AUTH_RESET_USER" "reset-user" "FLOWG_AUTH_RESET_PASSWORD" "reset-password" }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ include "flowg.secretName" $ }}
      key: {{ $key }}
      optional: true
{{- end }}
{{- end -}}

{{- define "flowg.tlsEnvironment" }}
{{- range $listener, $tls := .Values.tls }}
{{- if $tls.secretName }}
{{- $prefix := printf "FLOWG_%s_TLS" (upper $listener) }}
- name: {{ $prefix }}_ENABLED
  value: "true"
- name: {{ $prefix }}_CERT
  value: /etc/flowg/tls/{{ $listener }}/tls.crt
- name: {{ $prefix }}_KEY
  value: /etc/flowg/tls/{{ $listener }}/tls.key
{{- if $tls.requireClientCertificate }}
- name: {{ $prefix }}_AUTH
  value: "true"
- name: {{ $prefix }}_CA
  value: /etc/flowg/tls/{{ $listener }}/ca.crt
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
