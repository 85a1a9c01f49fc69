module kube-egress/bench/load

go 1.25
