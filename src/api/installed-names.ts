/** Namespace of the product, unless it is set by --namespace. No proxy serves it. */
export const PRODUCT_NAMESPACE = 'kube-egress-system';

/** MutatingWebhookConfiguration through which pods get the variables. Its caBundle verifies the agents, too. */
export const POD_WEBHOOKS = 'kube-egress-pods';

/** ValidatingWebhookConfiguration by which rule sets and EgressProxies are validated. */
export const RULE_WEBHOOKS = 'kube-egress-rules';
