/**
 * Domains below which customers of a service get names of their own, and that the Public Suffix List does not have. A
 * wildcard there allows every customer's data. The list is the maintainers' knowledge of 2026 and is not complete.
 */
export const sharedDomains: readonly string[] = [
  // Amazon: registries, queues, databases, and buckets in regions that the list does not have.
  'amazonaws.com',
  'amazonaws.com.cn',
  'on.aws',
  'cloudfront.net',
  // Microsoft: storage, vaults, registries, search, SharePoint tenants.
  'windows.net',
  'azure.net',
  'azure.com',
  'azure-api.net',
  'azurecr.io',
  'azuredatabricks.net',
  'sharepoint.com',
  'onmicrosoft.com',
  'dynamics.com',
  // Google: buckets and functions.
  'storage.googleapis.com',
  'googleusercontent.com',
  'cloudfunctions.net',
  'pkg.dev',
  // Storage and delivery of others.
  'cloudflarestorage.com',
  'digitaloceanspaces.com',
  'backblazeb2.com',
  'wasabisys.com',
  'linodeobjects.com',
  'akamaihd.net',
  'fastly.net',
  'b-cdn.net',
  // Software as a service with a name per tenant.
  'atlassian.net',
  'auth0.com',
  'okta.com',
  'force.com',
  'salesforce.com',
  'service-now.com',
  'slack.com',
  'snowflakecomputing.com',
  'zendesk.com',
  'jfrog.io',
  'ngrok.io',
  'webhook.site',
];
