{{- /* Where a destination's folder is mounted, or where you have mounted it: (name, destination). */ -}}
{{- define "flowg.backupFolder" -}}
{{- default (printf "/backups/%s" (first .)) (last .).path -}}
{{- end -}}

{{- define "flowg.backupKeys" -}}
/etc/flowg/backup/{{ . }}
{{- end -}}

{{- /* FLOWG_BACKUP_DESTINATIONS: what was given, without what is Kubernetes' own, with the paths of what is mounted. */ -}}
{{- define "flowg.backupDestinations" -}}
{{- $told := dict -}}
{{- range $name, $given := .Values.backup.destinations -}}
{{- $one := omit $given "existingClaim" "existingSecret" "egressTo" -}}
{{- if eq $given.type "folder" -}}
{{- $_ := set $one "path" (include "flowg.backupFolder" (list $name $given)) -}}
{{- else if $given.existingSecret -}}
{{- $_ := set $one "access_key_id_file" (printf "%s/access-key-id" (include "flowg.backupKeys" $name)) -}}
{{- $_ := set $one "secret_access_key_file" (printf "%s/secret-access-key" (include "flowg.backupKeys" $name)) -}}
{{- end -}}
{{- $_ := set $told $name $one -}}
{{- end -}}
{{- toRawJson $told -}}
{{- end -}}

{{- define "flowg.backupEnvironment" }}
{{- if .Values.backup.destinations }}
- name: FLOWG_BACKUP_DESTINATIONS
  value: {{ include "flowg.backupDestinations" . | quote }}
{{- end }}
{{- if .Values.backup.schedules }}
- name: FLOWG_BACKUP_SCHEDULES
  value: {{ toRawJson .Values.backup.schedules | quote }}
{{- end }}
{{- end -}}

{{- define "flowg.backupVolumes" }}
{{- range $name, $given := .Values.backup.destinations }}
{{- if $given.existingClaim }}
- name: backup-folder-{{ $name }}
  persistentVolumeClaim:
    claimName: {{ $given.existingClaim }}
{{- end }}
{{- if $given.existingSecret }}
- name: backup-keys-{{ $name }}
  secret:
    secretName: {{ $given.existingSecret }}
    # The group is fsGroup: the server may read the keys, and nobody else.
    defaultMode: 0440
{{- end }}
{{- end }}
{{- end -}}

{{- define "flowg.backupMounts" }}
{{- range $name, $given := .Values.backup.destinations }}
{{- if $given.existingClaim }}
- name: backup-folder-{{ $name }}
  mountPath: {{ include "flowg.backupFolder" (list $name $given) }}
{{- end }}
{{- if $given.existingSecret }}
- name: backup-keys-{{ $name }}
  mountPath: {{ include "flowg.backupKeys" $name }}
  readOnly: true
{{- end }}
{{- end }}
{{- end -}}

{{- /* One rule for each S3 service, by the port of its endpoint. A rule without `to` would let out to everybody. */ -}}
{{- define "flowg.backupEgress" }}
{{- range $name, $given := .Values.backup.destinations }}
{{- with $given.egressTo }}
{{- $standard := hasPrefix "http:" (default "https:" $given.endpoint) | ternary "80" "443" }}
{{- $port := regexFind ":[0-9]+$" (urlParse (default "" $given.endpoint)).host | trimPrefix ":" }}
- to:
    {{- toYaml . | nindent 4 }}
  ports:
    - port: {{ default $standard $port }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* What no schema can say, as it is about two values at once. */ -}}
{{- define "flowg.checkBackup" -}}
{{- range $name, $given := .Values.backup.destinations -}}
{{- if hasPrefix "/data/" (printf "%s/" (default "/" $given.path)) }}{{ fail (printf "backup.destinations.%s: %s is on the volume of the data, and would be lost with it" $name $given.path) }}{{ end -}}
{{- if and (eq $given.type "s3") $.Values.networkPolicy.enabled $.Values.networkPolicy.restrictEgress (not (hasKey $given "egressTo")) }}{{ fail (printf "networkPolicy.restrictEgress: backup.destinations.%s needs egressTo, the peers behind its endpoint, as a NetworkPolicy knows no names of hosts; [] where networkPolicy.egress has them" $name) }}{{ end -}}
{{- end -}}
{{- $names := list -}}
{{- range .Values.backup.schedules -}}
{{- if not (hasKey $.Values.backup.destinations .destination) }}{{ fail (printf "backup.schedules: %s goes to %q, which is not in backup.destinations" .name .destination) }}{{ end -}}
{{- if has .name $names }}{{ fail (printf "backup.schedules: there are two of the name %s" .name) }}{{ end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- end -}}
