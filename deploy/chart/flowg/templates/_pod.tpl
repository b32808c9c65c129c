{{- define "flowg.pod" -}}
serviceAccountName: {{ include "flowg.serviceAccountName" . }}
automountServiceAccountToken: false
# Otherwise a Service called flowg would become variables FLOWG_…, which the server takes for misspelt settings.
enableServiceLinks: false
# What is under way at a stop, then the end of the write-ahead logs.
terminationGracePeriodSeconds: {{ add (dig "FLOWG_SHUTDOWN_SECONDS" 10 .Values.settings) 20 }}
securityContext:
  runAsNonRoot: true
  {{- range $name, $number := .Values.security }}
  {{- if not (kindIs "invalid" $number) }}
  {{ $name }}: {{ int64 $number }}
  {{- end }}
  {{- end }}
  # Not every file at every start, which takes minutes on a large volume.
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- range $name := list "nodeSelector" "tolerations" "affinity" }}
{{- with get $.Values $name }}
{{ $name }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
containers:
  - name: flowg
    image: {{ include "flowg.image" . | quote }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities:
        drop:
          - ALL
    env:
      {{- include "flowg.environment" . | nindent 6 }}
      {{- with .Values.extraEnv }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    {{- with .Values.extraEnvFrom }}
    envFrom:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    ports:
      - name: http
        containerPort: 5080
      - name: mgmt
        containerPort: 9113
      {{- if .Values.syslog.enabled }}
      - name: syslog
        containerPort: 5514
        protocol: {{ upper .Values.syslog.protocol }}
      {{- end }}
    startupProbe:
      {{- include "flowg.probe" (list . "/health" .Values.probes.startup) | nindent 6 }}
    livenessProbe:
      {{- include "flowg.probe" (list . "/health" .Values.probes.liveness) | nindent 6 }}
    readinessProbe:
      {{- include "flowg.probe" (list . "/ready" .Values.probes.readiness) | nindent 6 }}
    {{- with .Values.resources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    volumeMounts:
      - name: data
        mountPath: /data
      {{- range $listener, $tls := .Values.tls }}
      {{- if $tls.secretName }}
      - name: tls-{{ $listener }}
        mountPath: /etc/flowg/tls/{{ $listener }}
        readOnly: true
      {{- end }}
      {{- end }}
      {{- include "flowg.backupMounts" . | nindent 6 }}
      {{- with .Values.extraVolumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
{{- with include "flowg.volumes" . | trim }}
volumes:
  {{- . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "flowg.probe" -}}
httpGet:
  path: {{ index . 1 }}
  port: mgmt
  scheme: {{ include "flowg.mgmtScheme" (first .) | upper }}
{{ toYaml (last .) }}
{{- end -}}

{{- define "flowg.volumes" -}}
{{- with .Values.persistence.existingClaim }}
- name: data
  persistentVolumeClaim:
    claimName: {{ . }}
{{- end }}
{{- range $listener, $tls := .Values.tls }}
{{- if $tls.secretName }}
- name: tls-{{ $listener }}
  secret:
    secretName: {{ $tls.secretName }}
    # The group is fsGroup: the server may read its key, and nobody else.
    defaultMode: 0440
{{- end }}
{{- end }}
{{- include "flowg.backupVolumes" . }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
