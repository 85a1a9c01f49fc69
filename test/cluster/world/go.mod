module kube-egress.local/test/cluster/world

go 1.25.0
