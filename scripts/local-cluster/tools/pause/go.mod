module kube-egress.local/scripts/local-cluster/tools/pause

go 1.21
