{{- define "kube-egress.image" -}}
{{ .Values.image.repository }}{{ with .Values.image.tag }}:{{ . }}{{ end }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- /* One object of ours: (list KIND ITEM). */ -}}
{{- define "kube-egress.object" -}}
{{- $item := index . 1 }}
---
apiVersion: zalando.org/v1
kind: {{ index . 0 }}
metadata: {{ toJson (pick $item "name" "namespace" "labels" "annotations") }}
spec: {{ toJson $item.spec }}
{{ end }}
