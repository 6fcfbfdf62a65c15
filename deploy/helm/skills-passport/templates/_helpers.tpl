{{/* Kubernetes name of a component: service names have underscores, which Kubernetes names may not. */}}
{{- define "skills-passport.name" -}}
{{ printf "%s-%s" .root.Release.Name (replace "_" "-" .name) }}
{{- end }}

{{/* Labels that select a component's pods; they may never change. */}}
{{- define "skills-passport.selector" -}}
app.kubernetes.io/name: skills-passport
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ replace "_" "-" .name }}
{{- end }}

{{- define "skills-passport.labels" -}}
{{ include "skills-passport.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "skills-passport.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/*
What there is of each component. calls: whom its pods ask. stores: it has tables and keys of its own.
outside: it fetches documents of others, or tells others. Everything else is closed by network-policies.yaml.
*/}}
{{- define "skills-passport.components" -}}
trust_registry: {calls: [issuer, revocation, wallet_api], stores: true, outside: true}
issuer: {calls: [trust_registry, revocation, wallet_api], stores: true, outside: false}
worker: {calls: [trust_registry, revocation, wallet_api], stores: false, outside: false}
revocation: {calls: [trust_registry, issuer, verifier], stores: true, outside: true}
verifier: {calls: [trust_registry, issuer, wallet_api], stores: true, outside: true}
wallet_api: {calls: [trust_registry, issuer, revocation, verifier], stores: true, outside: true}
passport: {calls: [trust_registry], stores: false, outside: false}
{{- end }}

{{/* The component whose Secret, settings, files, keys and egress this one has. */}}
{{- define "skills-passport.owner" -}}
{{ ternary "issuer" . (eq . "worker") }}
{{- end }}

{{/* The settings every service has. */}}
{{- define "skills-passport.settings" -}}
{{- $own := dict
  "PASSPORT_MODE" "production"
  "PASSPORT_HOST" "0.0.0.0"
  "PASSPORT_PORT" "8000"
  "PASSPORT_DATA_DIR" "/data/passport"
  "PASSPORT_WORKERS" "0"
  "PASSPORT_BASE_URL" .Values.baseUrl
  "PASSPORT_DID_HOST" .Values.didHost
  "PASSPORT_HOTLINE" .Values.hotline
  "PASSPORT_TRUST_ANCHOR" .Values.trustAnchor
  "PASSPORT_TRUSTED_PROXIES" (join "," .Values.ingress.addresses)
}}
{{- range list "trust_registry" "issuer" "revocation" "verifier" "wallet_api" }}
{{- $origin := printf "http://%s:8000" (include "skills-passport.name" (dict "root" $ "name" .)) }}
{{- $_ := set $own (printf "PASSPORT_%s_URL" (upper .)) $origin }}
{{- end }}
{{- range $name, $_ := .Values.settings }}
{{- if hasKey $own $name }}{{ fail (printf "settings: %s is set by the chart" $name) }}{{ end }}
{{- end }}
{{- toYaml (merge $own .Values.settings) }}
{{- end }}

{{/* What differs from component to component, and what is secret. */}}
{{- define "skills-passport.environment" -}}
{{- $owner := include "skills-passport.owner" .name }}
{{- $values := index .root.Values $owner -}}
- name: PASSPORT_SERVICE_SECRET
  valueFrom: {secretKeyRef: {name: {{ .root.Values.secret | quote }}, key: service-secret}}
- name: PASSPORT_KEYRING_PASSPHRASE
  valueFrom: {secretKeyRef: {name: {{ $values.secret | quote }}, key: keyring-passphrase}}
{{- if ne $owner "passport" }}
- name: PASSPORT_{{ upper $owner }}_DATABASE_URL
  valueFrom: {secretKeyRef: {name: {{ $values.secret | quote }}, key: database-url}}
{{- end }}
{{- if .root.Values.monitoring.enabled }}
- name: PASSPORT_METRICS_TOKEN
  valueFrom: {secretKeyRef: {name: {{ .root.Values.secret | quote }}, key: metrics-token}}
{{- end }}
{{- range $name, $value := $values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- range $name, $key := $values.secretSettings }}
- name: {{ $name }}
  valueFrom: {secretKeyRef: {name: {{ $values.secret | quote }}, key: {{ $key | quote }}}}
{{- end }}
{{- end }}

{{- define "skills-passport.pod-security" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
# Otherwise every mount would open the keys to the group, and the product refuses keys that others may read.
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "skills-passport.container-security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* A component's pod. A dict with root and name. */}}
{{- define "skills-passport.pod" -}}
{{- $owner := include "skills-passport.owner" .name }}
{{- $values := index .root.Values $owner -}}
serviceAccountName: {{ .root.Release.Name }}
automountServiceAccountToken: false
# They would put variables into the environment that look like settings.
enableServiceLinks: false
terminationGracePeriodSeconds: 60
securityContext:
  {{- include "skills-passport.pod-security" . | nindent 2 }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "skills-passport.selector" . | nindent 8 }}
containers:
  - name: {{ replace "_" "-" .name }}
    image: {{ include "skills-passport.image" .root | quote }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    command: [/srv/passport/.venv/bin/passport]
    {{- if eq .name "worker" }}
    args: [worker]
    {{- else }}
    args: [serve, --only, {{ .name }}]
    ports:
      - {name: http, containerPort: 8000}
    # Starting takes long where tables are large; until it is done, nobody asks whether the pod is alive.
    startupProbe:
      httpGet: {path: /health, port: http}
      periodSeconds: 2
      failureThreshold: 300
    # Not ready is only who can do none of its work. Verifiers and published lists need no database for theirs.
    readinessProbe:
      httpGet: {path: /ready, port: http}
      periodSeconds: 5
      timeoutSeconds: 5
    livenessProbe:
      httpGet: {path: /health, port: http}
      periodSeconds: 20
      timeoutSeconds: 10
      failureThreshold: 6
    lifecycle:
      # Until every proxy has heard that this pod ends, it goes on answering.
      preStop: {sleep: {seconds: 10}}
    {{- end }}
    envFrom:
      - configMapRef: {name: {{ .root.Release.Name }}-settings}
    env:
      {{- include "skills-passport.environment" . | nindent 6 }}
    resources:
      {{- toYaml (index .root.Values .name).resources | nindent 6 }}
    securityContext:
      {{- include "skills-passport.container-security" . | nindent 6 }}
    volumeMounts:
      - {name: data, mountPath: /data}
      - {name: tmp, mountPath: /tmp}
      {{- if $values.files }}
      - {name: files, mountPath: /etc/passport/files, readOnly: true}
      {{- end }}
volumes:
  - name: data
    {{- if eq $owner "passport" }}
    emptyDir: {}
    {{- else }}
    persistentVolumeClaim: {claimName: {{ include "skills-passport.name" (dict "root" .root "name" $owner) }}}
    {{- end }}
  - name: tmp
    emptyDir: {}
  {{- with $values.files }}
  - name: files
    secret: {secretName: {{ . | quote }}}
  {{- end }}
{{- end }}
