package main

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/kube-network-policies/pkg/api"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

const byAddress = "address"

// podsByAddress finds the pod that holds an address now: a finished pod holds none, and of several the one made last
// does, because an address is given out again only after it was given back.
type podsByAddress struct {
	indexer    cache.Indexer
	namespaces corelisters.NamespaceLister
	nodes      corelisters.NodeLister
}

var _ api.PodInfoProvider = (*podsByAddress)(nil)

func newPodsByAddress(factory informers.SharedInformerFactory) (*podsByAddress, error) {
	pods := factory.Core().V1().Pods().Informer()
	err := pods.AddIndexers(cache.Indexers{byAddress: func(object any) ([]string, error) {
		pod, ok := object.(*v1.Pod)
		if !ok || pod.Spec.HostNetwork || pod.Status.Phase == v1.PodSucceeded || pod.Status.Phase == v1.PodFailed {
			return nil, nil
		}
		var addresses []string
		for _, ip := range pod.Status.PodIPs {
			addresses = append(addresses, ip.IP)
		}
		return addresses, nil
	}})
	return &podsByAddress{
		indexer:    pods.GetIndexer(),
		namespaces: factory.Core().V1().Namespaces().Lister(),
		nodes:      factory.Core().V1().Nodes().Lister(),
	}, err
}

func (p *podsByAddress) GetPodInfoByIP(address string) (*api.PodInfo, bool) {
	objects, err := p.indexer.ByIndex(byAddress, address)
	if err != nil || len(objects) == 0 {
		return nil, false
	}
	pod := objects[0].(*v1.Pod)
	for _, object := range objects[1:] {
		if other := object.(*v1.Pod); pod.CreationTimestamp.Before(&other.CreationTimestamp) {
			pod = other
		}
	}
	var namespaceLabels, nodeLabels map[string]string
	if namespace, err := p.namespaces.Get(pod.Namespace); err == nil {
		namespaceLabels = namespace.Labels
	}
	if node, err := p.nodes.Get(pod.Spec.NodeName); err == nil {
		nodeLabels = node.Labels
	}
	return api.NewPodInfo(pod, namespaceLabels, nodeLabels, ""), true
}

func policyEvaluators(policies *networkpolicy.StandardNetworkPolicy) []api.PolicyEvaluator {
	return []api.PolicyEvaluator{policies}
}
