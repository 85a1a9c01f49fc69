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

{{- /* Lets the controller run EgressProxies in the namespace. */ -}}
{{- define "kube-egress.proxy-namespace" }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: kube-egress-controller
  namespace: {{ . }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: kube-egress-proxies}
subjects:
- {kind: ServiceAccount, name: kube-egress-controller, namespace: kube-egress-system}
{{- end }}
