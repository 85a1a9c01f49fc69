// policy enforces NetworkPolicies on one node of the local cluster. It answers for every new connection that the
// kernel puts on its NFQUEUE, with the policy engine of sigs.k8s.io/kube-network-policies; connections that exist
// live on. That project's own daemon needs nftables' queue expression, which not every kernel has.
package main

import (
	"context"
	"flag"
	"log"
	"net/netip"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	nfqueue "github.com/florianl/go-nfqueue/v2"
	"github.com/mdlayher/netlink"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/kube-network-policies/pkg/network"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

// A pod may send before its address is in the API. Its packet waits that long, then it is dropped: an unknown
// pod must not be taken for an address outside the cluster, to which no egress policy applies.
const identityHold = 5 * time.Second

func main() {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig that may list pods, namespaces and network policies")
	node := flag.String("node", "", "name of this node")
	podCIDRs := flag.String("pod-cidrs", "", "ranges of the cluster's pods, separated by commas")
	queue := flag.Uint("queue", 100, "number of the NFQUEUE")
	ready := flag.String("ready-file", "", "file to create once packets are answered")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	var pods []netip.Prefix
	for _, text := range strings.Split(*podCIDRs, ",") {
		prefix, err := netip.ParsePrefix(text)
		check("pod-cidrs", err)
		pods = append(pods, prefix)
	}
	judge, err := newJudge(ctx, *kubeconfig, *node, pods)
	check("policies", err)

	q, err := nfqueue.Open(&nfqueue.Config{
		NfQueue: uint16(*queue), MaxPacketLen: 128, MaxQueueLen: 4096,
		Copymode: nfqueue.NfQnlCopyPacket, WriteTimeout: 100 * time.Millisecond,
	})
	check("nfqueue", err)
	defer q.Close()
	// Without it a burst of new connections overruns the socket, and the kernel drops what it cannot queue.
	_ = q.SetOption(netlink.NoENOBUFS, true)
	_ = q.Con.SetReadBuffer(4 << 20)

	check("nfqueue", q.RegisterWithErrorFunc(ctx, func(a nfqueue.Attribute) int {
		if a.PacketID == nil {
			return 0
		}
		id, payload := *a.PacketID, []byte(nil)
		if a.Payload != nil {
			payload = append(payload, *a.Payload...)
		}
		go func() {
			verdict := nfqueue.NfDrop
			if judge.mayPass(ctx, payload) {
				verdict = nfqueue.NfAccept
			}
			if err := q.SetVerdict(id, verdict); err != nil {
				log.Printf("verdict on packet %d: %v", id, err)
			}
		}()
		return 0
	}, func(err error) int {
		if ctx.Err() == nil {
			log.Printf("nfqueue: %v", err)
		}
		return 0
	}))
	if *ready != "" {
		check("ready-file", os.WriteFile(*ready, nil, 0o644))
	}
	log.Printf("enforcing on %s", *node)
	<-ctx.Done()
}

type judge struct {
	engine *networkpolicy.PolicyEngine
	pods   *podsByAddress
	cidrs  []netip.Prefix
}

func newJudge(ctx context.Context, kubeconfig, node string, cidrs []netip.Prefix) (*judge, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	pods, err := newPodsByAddress(factory)
	if err != nil {
		return nil, err
	}
	policies := networkpolicy.NewStandardNetworkPolicy(node, factory.Core().V1().Namespaces(),
		factory.Core().V1().Pods(), factory.Networking().V1().NetworkPolicies())
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	engine := networkpolicy.NewPolicyEngine(pods, policyEvaluators(policies))
	return &judge{engine: engine, pods: pods, cidrs: cidrs}, nil
}

func (j *judge) mayPass(ctx context.Context, payload []byte) bool {
	packet, err := network.ParsePacket(payload)
	if err != nil {
		// Only what carries no port lands here: such a packet opens no connection.
		return false
	}
	source, ok := netip.AddrFromSlice(packet.SrcIP)
	if source = source.Unmap(); ok && j.isPods(source) && !j.known(ctx, source) {
		log.Printf("dropped: no pod has the source %s", source)
		return false
	}
	allowed, err := j.engine.EvaluatePacket(ctx, &packet)
	if err != nil {
		log.Printf("dropped: %v", err)
	}
	return err == nil && allowed
}

func (j *judge) isPods(address netip.Addr) bool {
	return slices.ContainsFunc(j.cidrs, func(cidr netip.Prefix) bool { return cidr.Contains(address) })
}

func (j *judge) known(ctx context.Context, source netip.Addr) bool {
	for deadline := time.Now().Add(identityHold); time.Now().Before(deadline) && ctx.Err() == nil; {
		if _, ok := j.pods.GetPodInfoByIP(source.String()); ok {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func check(what string, err error) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}
