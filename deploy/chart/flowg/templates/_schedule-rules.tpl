{{- /* Alerts about backups that the server takes by itself: (root, selector of the server). */ -}}
{{- define "flowg.scheduleRules" -}}
{{- $root := first . }}
{{- $server := last . }}
{{- with $root.Values.prometheusRule }}
{{- $delay := int .scheduleMaxDelayHours }}
{{- $next := printf `flowg_backup_schedule_next_run_timestamp_seconds{%s}` $server }}
{{- $proven := printf `flowg_backup_schedule_last_proven_timestamp_seconds{%s}` $server }}
- alert: FlowgScheduleOverdue
  expr: time() - {{ $next }} > {{ mul $delay 3600 }}
  labels:
    severity: critical
  annotations:
    summary: {{ printf `The backup of {{ $labels.database }} by the schedule {{ $labels.schedule }} is more than %d h late` $delay | quote }}
{{- $own := list }}
{{- range $schedule := keys .scheduleMaxAgeHours | sortAlpha }}
{{- $own = append $own (regexQuoteMeta $schedule) }}
{{- end }}
{{- $others := $own | empty | ternary "" (printf `,schedule!~%q` (join "|" $own)) }}
{{- $limits := list (list $others .backupMaxAgeHours) }}
{{- range $schedule, $hours := .scheduleMaxAgeHours }}
{{- $limits = append $limits (list (printf `,schedule=%q` $schedule) $hours) }}
{{- end }}
{{- range $limits }}
{{- $hours := int (last .) }}
{{- $active := printf `flowg_backup_schedule_next_run_timestamp_seconds{%s%s}` $server (first .) }}
{{- $success := printf `flowg_backup_schedule_last_success_timestamp_seconds{%s%s}` $server (first .) }}
- alert: FlowgScheduledBackupTooOld
  expr: (time() - {{ $success }} > {{ mul $hours 3600 }}) and on (namespace, pod, schedule) {{ $active }}
  labels:
    severity: critical
  annotations:
    summary: {{ printf `The newest backup of {{ $labels.database }} by the schedule {{ $labels.schedule }} is older than %d hours` $hours | quote }}
- alert: FlowgScheduleNeverSucceeded
  expr: {{ $active }} unless on (namespace, pod, schedule) {{ $success }}
  for: {{ $hours }}h
  labels:
    severity: critical
  annotations:
    summary: {{ `The schedule {{ $labels.schedule }} has never made a backup of {{ $labels.database }}` | quote }}
{{- end }}
{{- $success := printf `flowg_backup_schedule_last_success_timestamp_seconds{%s}` $server }}
- alert: FlowgBackupUnproven
  expr: {{ $success }} > {{ $proven }} or {{ $success }} unless {{ $proven }}
  for: {{ $delay }}h
  labels:
    severity: critical
  annotations:
    summary: {{ `The newest backup of {{ $labels.database }} by the schedule {{ $labels.schedule }} was not read back: nobody knows whether it restores` | quote }}
- alert: FlowgBackupProofFailed
  expr: {{ include "flowg.grew" (printf `flowg_backup_schedule_failures_total{%s,reason="proof"}` $server) }}
  labels:
    severity: critical
  annotations:
    summary: {{ `A backup of {{ $labels.database }} by the schedule {{ $labels.schedule }} cannot be restored as it lies there: GET /api/v1/backups tells why` | quote }}
- alert: FlowgScheduleFailed
  expr: {{ include "flowg.grew" (printf `flowg_backup_schedule_failures_total{%s,reason!="proof"}` $server) }}
  labels:
    severity: warning
  annotations:
    summary: {{ `The schedule {{ $labels.schedule }} has failed ({{ $labels.reason }}): GET /api/v1/backups tells why` | quote }}
{{- end }}
{{- end -}}
