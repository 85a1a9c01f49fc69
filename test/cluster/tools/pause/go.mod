module kube-egress.local/test/cluster/tools/pause

go 1.21
