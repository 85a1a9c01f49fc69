# Cluster DNS, as a pod. It also serves the zones of the internet simulator and forwards no query: other names do not exist.
corefile() {
  local zone address
  cat << EOF
cluster.local in-addr.arpa ip6.arpa {
    errors
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
    prometheus :9153
    loadbalance
    reload 5s
}
$(sed 's/#.*//' "$local/traps.txt" | awk 'NF { print $2 }' | sort -u | tr '\n' ' '){
    hosts {
$(sed "s/#.*//; s/^NODE/$api_address/" "$local/traps.txt" | awk 'NF { print "        " $1 " " $2 }')
        ttl 5
    }
}
EOF
  while read -r zone address address6; do
    if [[ -z "$zone" || "$zone" == \#* ]]; then continue; fi
    cat << EOF
$zone {
$(answers A "$address"; answers AAAA "${address6:--}")
    template ANY ANY {
        rcode NOERROR
        authority "$zone. 5 IN SOA ns.$zone. hostmaster.$zone. 1 3600 600 86400 5"
    }
}
EOF
  done < "$local/zones.txt"
  cat << EOF
. {
    errors
    health {
        lameduck 2s
    }
    ready
    template ANY ANY {
        rcode NXDOMAIN
        authority ". 5 IN SOA a.root. hostmaster.root. 1 3600 600 86400 5"
    }
}
EOF
}

# answers TYPE ADDRESS: unless the address is a dash.
answers() {
  [ "$2" = - ] || printf '    template IN %s {\n        answer "{{ .Name }} 5 IN %s %s"\n    }\n' "$1" "$1" "$2"
}

dns_manifests() {
  if dual_stack; then
    sed "s|^  clusterIP: .*|&\n  clusterIPs: [$dns_address, \"$dns_address6\"]\n  ipFamilyPolicy: RequireDualStack|" "$local/dns.yaml"
  else
    cat "$local/dns.yaml"
  fi
  cat << EOF
---
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns, namespace: kube-system}
data:
  Corefile: |
$(corefile | sed 's/^/    /')
EOF
}
