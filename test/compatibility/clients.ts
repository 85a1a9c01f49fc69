/** A program or library that applications use to make requests, as the client image has it. */
export interface Client {
  name: string;
  group:
    | 'Command line'
    | 'Package managers'
    | 'Python'
    | 'Node.js'
    | 'JVM'
    | 'JVM build tools'
    | 'Other languages'
    | 'SDKs'
    | 'gRPC and WebSocket'
    | 'Browsers';
  /** Shell command that prints the version. */
  version: string;
  /** Shell command that requests "$URL" and prints `STATUS code`, or what a user sees of the failure. */
  request: string;
  /** Shell command that posts /tmp/upload to "$URL" and prints the reply; for clients of which long transfers are measured. */
  upload?: string;
  /** What has to be switched on for it; undefined where the proxy variables suffice. */
  needs?: 'clientEnv.java' | 'clientEnv.node' | 'transparent' | 'own option' | undefined;
}

const python = (name: string) => `python3 /clients/python/clients.py ${name} "$URL"`;
const pipVersion = (name: string) =>
  `ls -d /clients/python/${name}-*.dist-info | sed 's/.*-\\(.*\\).dist-info/\\1/'`;
const node = (name: string) => `node /clients/node/clients.mjs ${name} "$URL"`;
const npmVersion = (name: string) =>
  `node -p 'require("/clients/node/node_modules/${name}/package.json").version'`;
const java = (name: string) =>
  `java -cp "/clients/java:/clients/java/lib/*" Clients ${name} "$URL" 2>&1 | grep -v '^Picked up'`;
const jar = (name: string) => `ls /clients/java/lib/${name}-[0-9]*.jar | sed 's/.*-\\(.*\\).jar/\\1/'`;
/** The last HTTP status among the lines of a program's own trace, else its last line that names an error. */
const traced = (command: string, pattern: string, error = 'rror|[Ff]orbidden|refused|denied|timed out') =>
  `${command} > /tmp/trace 2>&1; sed -nE 's#.*${pattern}.*#STATUS \\1#p' /tmp/trace | tail -n 1 | grep . || grep -E '${error}' /tmp/trace | tail -n 1`;

export const clients: readonly Client[] = [
  {
    name: 'curl',
    group: 'Command line',
    version: 'curl --version | cut -d" " -f2 | head -n 1',
    request: `curl -sS -g -m \${TIMEOUT:-15} -o /dev/null -w 'STATUS %{http_code}\\n' "$URL" 2>&1 | sort -r | sed '/^STATUS 000/d' | head -n 1`,
    upload: 'curl -sS -m "$TIMEOUT" -T /tmp/upload "$URL" 2>&1',
  },
  {
    name: 'wget',
    group: 'Command line',
    version: 'wget --version | head -n 1 | cut -d" " -f3',
    request: traced('wget -S -T 15 -t 1 -O /dev/null "$URL"', ' HTTP/1.1 ([0-9]+)'),
  },
  {
    name: 'aria2',
    group: 'Command line',
    version: 'aria2c --version | head -n 1 | cut -d" " -f3',
    request: `aria2c --console-log-level=error --summary-interval=0 --connect-timeout=15 --max-tries=1 --allow-overwrite=true -d /tmp -o aria "$URL" > /tmp/trace 2>&1 && echo STATUS 200 || grep errorCode= /tmp/trace | grep -v URI= | head -n 1 | sed 's/.*\\] //'`,
  },
  {
    name: 'apt',
    group: 'Package managers',
    version: 'apt --version | cut -d" " -f2',
    request: `/usr/lib/apt/apt-helper -o Acquire::Retries=0 -o Acquire::http::Timeout=15 -o Acquire::https::Timeout=15 download-file "$URL" /tmp/apt-file > /tmp/trace 2>&1 && echo STATUS 200 || grep -E '^E: |^  ' /tmp/trace | head -n 1; rm -f /tmp/apt-file`,
  },
  {
    name: 'git (https)',
    group: 'Command line',
    version: 'git --version | cut -d" " -f3',
    request: traced('GIT_TRACE_CURL=1 git ls-remote "$URL"', 'HTTP/[0-9.]+ ([0-9]{3})'),
  },
  {
    name: 'pip',
    group: 'Package managers',
    version: 'pip --version | cut -d" " -f2',
    request: traced(
      `pip download -vvv --retries 0 --timeout 15 --no-deps -d /tmp --trusted-host "$(echo "$URL" | sed -E 's,^[a-z]+://(\\[[^]]*\\]|[^:/]*).*,\\1,')" --index-url "$URL" kube-egress-none`,
      '"GET [^"]*" ([0-9]+)',
      'ProxyError|Errno|timed out|Forbidden',
    ),
  },
  {
    name: 'uv',
    group: 'Package managers',
    version: '/clients/python/bin/uv --version | cut -d" " -f2',
    request: `UV_HTTP_TIMEOUT=15 UV_HTTP_RETRIES=0 UV_NATIVE_TLS=1 /clients/python/bin/uv pip install --target /tmp/uv --no-cache --index-url "$URL" kube-egress-none > /tmp/trace 2>&1; grep -q 'Unsupported .Content-Type' /tmp/trace && echo STATUS 200 || grep -E 'ause|rror|hint|found' /tmp/trace | tail -n 1`,
  },
  {
    name: 'npm',
    group: 'Package managers',
    version: 'npm --version',
    request: traced(
      'npm view kube-egress-none --registry "$URL" --loglevel http --fetch-retries 0 --fetch-timeout 15000',
      'http fetch GET ([0-9]+)',
    ),
  },
  {
    name: 'pnpm',
    group: 'Package managers',
    version: 'pnpm --version',
    request: `mkdir -p /tmp/pnpm && cd /tmp/pnpm && pnpm add kube-egress-none --registry "$URL" --fetch-retries 0 --fetch-timeout 15000 > /tmp/trace 2>&1; grep -oE 'ERR_PNPM_FETCH_[0-9]+' /tmp/trace | head -n 1 | sed 's/ERR_PNPM_FETCH_/STATUS /' | grep . || (grep -qE 'NO_VERSIONS|NO_MATCHING|dist-tags|Cannot read|undefined' /tmp/trace && echo STATUS 200) || grep -E 'ERR' /tmp/trace | head -n 1`,
  },
  {
    name: 'yarn',
    group: 'Package managers',
    version: 'yarn --version',
    request: traced(
      'yarn info kube-egress-none --registry "$URL" --verbose --network-timeout 15000',
      'finished with status code ([0-9]+)',
      '^error|rror:',
    ),
  },
  {
    name: 'Maven',
    group: 'JVM build tools',
    version: `mvn --version | head -n 1 | cut -d' ' -f3 | sed 's/[^0-9.].*//'`,
    needs: 'own option',
    request: `export MAVEN_ARGS=-Daether.connector.http.useSystemProperties=true; printf '<settings><mirrors><mirror><id>m</id><mirrorOf>*</mirrorOf><url>%s</url></mirror></mirrors></settings>' "$URL" > /tmp/settings.xml; mvn -B -s /tmp/settings.xml -Dmaven.repo.local=$(mktemp -d) -Daether.connector.connectTimeout=8000 -Daether.connector.requestTimeout=8000 org.example:none:1:run > /tmp/trace 2>&1; sed -nE 's#.*(status code: |status: |CONNECT refused by proxy: HTTP/1.1 )([0-9]+).*#STATUS \\2#p' /tmp/trace | head -n 1 | grep . || (grep -qE 'Non-parseable|checksum|was not found in|Failed to parse|PluginDescriptorParsing|Unrecognised tag|Expected root' /tmp/trace && echo STATUS 200) || grep -m1 'Could not transfer' /tmp/trace | sed -E 's/.*(Could not transfer.*)/\\1/'`,
  },
  {
    name: 'Gradle',
    group: 'JVM build tools',
    version: `gradle --version 2> /dev/null | sed -n 's/^Gradle //p'`,
    needs: 'clientEnv.java',
    request: `mkdir -p /tmp/gradle && cd /tmp/gradle && printf 'repositories { maven { url "%s" } }\\nconfigurations { c }\\ndependencies { c "org.example:none:1" }\\ntask get { doLast { configurations.c.files } }' "$URL" > build.gradle; gradle --no-daemon -q -g /tmp/gradle-home get > /tmp/trace 2>&1; grep -qE 'Could not parse POM|Content is not allowed|not found|Could not find org.example|For input string: ' /tmp/trace && echo STATUS 200 || grep -oE "Received status code [0-9]+" /tmp/trace | head -n 1 | sed 's/Received status code/STATUS/' | grep . || grep -E '> ' /tmp/trace | tail -n 1 | sed 's/^ *> *//'`,
  },
  {
    name: 'sbt',
    group: 'JVM build tools',
    version: jar('sbt-launch'),
    needs: 'clientEnv.java',
    request: `rm -rf /tmp/sbt && mkdir /tmp/sbt && cd /tmp/sbt && printf '[repositories]\\n  m: %s\\n' "$URL" > repositories; timeout 38 java -Dsbt.version=1.10.7 -Dsbt.override.build.repos=true -Dsbt.repository.config=/tmp/sbt/repositories -Dsbt.boot.directory=/tmp/sbt/boot -Dsbt.global.base=/tmp/sbt/global -Dsbt.coursier.home=/tmp/sbt/coursier -Dsun.net.client.defaultConnectTimeout=15000 -jar /clients/java/lib/sbt-launch-*.jar about > /tmp/trace 2>&1; grep -q 'checksum format error' /tmp/trace && echo STATUS 200 || grep -A 1 'Error downloading' /tmp/trace | tail -n 1`,
  },
  {
    name: 'Go net/http',
    group: 'Other languages',
    version: '/clients/bin/go-clients version go',
    request: '/clients/bin/go-clients http "$URL"',
    upload: '/clients/bin/go-clients upload "$URL"',
  },
  {
    name: 'Rust reqwest',
    group: 'Other languages',
    version: '/clients/bin/rust-clients version reqwest',
    request: '/clients/bin/rust-clients reqwest "$URL"',
  },
  {
    name: 'Rust ureq',
    group: 'Other languages',
    version: '/clients/bin/rust-clients version ureq',
    request: '/clients/bin/rust-clients ureq "$URL"',
  },
  {
    name: 'Ruby net/http',
    group: 'Other languages',
    version: `ruby -e 'puts RUBY_VERSION'`,
    request: `ruby -rnet/http -ruri -e 'begin; puts "STATUS #{Net::HTTP.get_response(URI(ENV["URL"])).code}"; rescue => e; puts e.message; end'`,
  },
  {
    name: 'PHP curl',
    group: 'Other languages',
    version: `php -r 'echo PHP_VERSION;'`,
    request: `php -r '$c = curl_init(getenv("URL")); curl_setopt_array($c, [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 15]); echo curl_exec($c) === false ? curl_error($c) : "STATUS " . curl_getinfo($c, CURLINFO_RESPONSE_CODE), "\\n";'`,
  },
  {
    name: 'PHP streams',
    group: 'Other languages',
    version: `php -r 'echo PHP_VERSION;'`,
    needs: 'transparent',
    request: `php -r '$h = @fopen(getenv("URL"), "r", false, stream_context_create(["http" => ["timeout" => 15, "ignore_errors" => true]])); echo $h ? "STATUS " . explode(" ", stream_get_meta_data($h)["wrapper_data"][0])[1] : error_get_last()["message"], "\\n";'`,
  },
  {
    name: 'Perl LWP',
    group: 'Other languages',
    version: `perl -MLWP -e 'print LWP->VERSION'`,
    needs: 'own option',
    request: `perl -MLWP::UserAgent -e '$u = LWP::UserAgent->new(timeout => 15); $u->env_proxy; $r = $u->get($ENV{URL}); print $r->header("Client-Warning") ? $r->status_line : "STATUS " . $r->code, "\\n"'`,
  },
  {
    name: '.NET HttpClient',
    group: 'Other languages',
    version: 'ls /clients/dotnet/runtime/shared/Microsoft.NETCore.App',
    request: '/clients/dotnet/runtime/dotnet /clients/dotnet/Clients.dll "$URL"',
  },
  {
    name: 'Common Lisp (SBCL) Drakma',
    group: 'Other languages',
    version: 'sbcl --version | cut -d" " -f2',
    needs: 'own option',
    request: '/clients/bin/lisp-client',
  },
  {
    name: 'Common Lisp (SBCL) Drakma, environment of its build',
    group: 'Other languages',
    version: 'sbcl --version | cut -d" " -f2',
    needs: 'transparent',
    request: '/clients/bin/lisp-client build',
  },
  {
    name: 'R (libcurl)',
    group: 'Other languages',
    version: 'R --version | head -n 1 | cut -d" " -f3',
    request: `Rscript -e 'options(timeout = 15); r <- try(curlGetHeaders(Sys.getenv("URL")), silent = TRUE); cat(if (inherits(r, "try-error")) r else paste("STATUS", attr(r, "status")), "\\n")' 2>&1 | grep -v '^ *$' | tail -n 1`,
  },
  {
    name: 'Python urllib',
    group: 'Python',
    version: `python3 -c 'import platform; print(platform.python_version())'`,
    request: python('urllib'),
  },
  {
    name: 'Python requests',
    group: 'Python',
    version: pipVersion('requests'),
    request: python('requests'),
    upload: python('requests_upload'),
  },
  { name: 'Python httpx', group: 'Python', version: pipVersion('httpx'), request: python('httpx') },
  {
    name: 'Python aiohttp',
    group: 'Python',
    version: pipVersion('aiohttp'),
    needs: 'transparent',
    request: python('aiohttp'),
  },
  {
    name: 'Python aiohttp (trust_env=True)',
    group: 'Python',
    version: pipVersion('aiohttp'),
    needs: 'own option',
    request: python('aiohttp_trust_env'),
  },
  {
    name: 'Node.js fetch',
    group: 'Node.js',
    version: 'node --version',
    needs: 'clientEnv.node',
    request: node('fetch'),
    upload: node('fetch-upload'),
  },
  {
    name: 'Node.js http',
    group: 'Node.js',
    version: 'node --version',
    needs: 'clientEnv.node',
    request: node('http'),
  },
  {
    name: 'undici',
    group: 'Node.js',
    version: npmVersion('undici'),
    needs: 'transparent',
    request: node('undici'),
  },
  {
    name: 'undici (EnvHttpProxyAgent)',
    group: 'Node.js',
    version: npmVersion('undici'),
    needs: 'own option',
    request: node('undici-env'),
  },
  { name: 'axios', group: 'Node.js', version: npmVersion('axios'), request: node('axios') },
  {
    name: 'got',
    group: 'Node.js',
    version: npmVersion('got'),
    needs: 'clientEnv.node',
    request: node('got'),
  },
  {
    name: 'Deno fetch',
    group: 'Other languages',
    version: 'deno --version | head -n 1 | cut -d" " -f2',
    request: `deno eval 'try { console.log("STATUS", (await fetch(Deno.env.get("URL"), { signal: AbortSignal.timeout(15000) })).status) } catch (e) { console.log(String(e)) }'`,
  },
  {
    name: 'Bun fetch',
    group: 'Other languages',
    version: 'bun --version',
    request: `bun -e 'try { console.log("STATUS", (await fetch(process.env.URL, { signal: AbortSignal.timeout(15000) })).status) } catch (e) { console.log(String(e)) }'`,
  },
  {
    name: 'Java HttpClient',
    group: 'JVM',
    version: `java -version 2>&1 | sed -n 's/.*version "\\(.*\\)" .*/\\1/p'`,
    needs: 'clientEnv.java',
    request: java('HttpClient'),
    upload: java('upload'),
  },
  {
    name: 'Java HttpURLConnection',
    group: 'JVM',
    version: `java -version 2>&1 | sed -n 's/.*version "\\(.*\\)" .*/\\1/p'`,
    needs: 'clientEnv.java',
    request: java('HttpURLConnection'),
  },
  { name: 'OkHttp', group: 'JVM', version: jar('okhttp'), needs: 'clientEnv.java', request: java('OkHttp') },
  {
    name: 'Apache HttpClient',
    group: 'JVM',
    version: jar('httpclient5'),
    needs: 'clientEnv.java',
    request: java('Apache'),
  },
  { name: 'AWS SDK for Python', group: 'SDKs', version: pipVersion('boto3'), request: python('boto3') },
  {
    name: 'AWS SDK for JavaScript',
    group: 'SDKs',
    version: npmVersion('@aws-sdk/client-s3'),
    needs: 'transparent',
    request: node('aws-sdk'),
  },
  {
    name: 'Google Cloud Storage for Python',
    group: 'SDKs',
    version: pipVersion('google_cloud_storage'),
    request: python('google_cloud_storage'),
  },
  {
    name: 'Azure Storage for Python',
    group: 'SDKs',
    version: pipVersion('azure_storage_blob'),
    request: python('azure_storage_blob'),
  },
  {
    name: 'Google Cloud Storage for JavaScript',
    group: 'SDKs',
    version: npmVersion('@google-cloud/storage'),
    request: node('google-cloud-storage'),
  },
  {
    name: 'Azure Storage for JavaScript',
    group: 'SDKs',
    version: npmVersion('@azure/storage-blob'),
    request: node('azure-storage-blob'),
  },
  { name: 'OpenAI for Python', group: 'SDKs', version: pipVersion('openai'), request: python('openai') },
  {
    name: 'OpenAI for JavaScript',
    group: 'SDKs',
    version: npmVersion('openai'),
    needs: 'clientEnv.node',
    request: node('openai'),
  },
  {
    name: 'Anthropic for Python',
    group: 'SDKs',
    version: pipVersion('anthropic'),
    request: python('anthropic'),
  },
  {
    name: 'Anthropic for JavaScript',
    group: 'SDKs',
    version: npmVersion('@anthropic-ai/sdk'),
    needs: 'clientEnv.node',
    request: node('anthropic'),
  },
  {
    name: 'gRPC for Go',
    group: 'gRPC and WebSocket',
    version: '/clients/bin/go-clients version google.golang.org/grpc',
    request: '/clients/bin/go-clients grpc "$URL"',
  },
  {
    name: 'gRPC for Python',
    group: 'gRPC and WebSocket',
    version: pipVersion('grpcio'),
    request: python('grpcio'),
  },
  {
    name: 'gRPC for Node.js',
    group: 'gRPC and WebSocket',
    version: npmVersion('@grpc/grpc-js'),
    request: node('grpc-js'),
  },
  {
    name: 'WebSocket: Python websockets',
    group: 'gRPC and WebSocket',
    version: pipVersion('websockets'),
    request: python('websockets'),
  },
  {
    name: 'WebSocket: ws',
    group: 'gRPC and WebSocket',
    version: npmVersion('ws'),
    needs: 'transparent',
    request: node('ws'),
  },
  {
    name: 'WebSocket: ws (agent with proxyEnv)',
    group: 'gRPC and WebSocket',
    version: npmVersion('ws'),
    needs: 'own option',
    request: node('ws-agent'),
  },
  {
    name: 'gRPC for Java',
    group: 'gRPC and WebSocket',
    version: jar('grpc-netty-shaded'),
    needs: 'clientEnv.java',
    request: java('gRPC'),
  },
  {
    name: 'Chromium',
    group: 'Browsers',
    version: 'chromium --version 2> /dev/null | cut -d" " -f2',
    request: `timeout 25 chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync --ignore-certificate-errors --user-data-dir=/tmp/chromium-$$ --dump-dom "$URL" > /tmp/trace 2> /tmp/errors; grep -q '"method"' /tmp/trace && echo STATUS 200 || (grep -q 'may not reach' /tmp/trace && echo STATUS 403) || grep -hoE 'ERR_[A-Z_]+' /tmp/trace /tmp/errors | head -n 1`,
  },
  {
    name: 'Playwright (Chromium)',
    group: 'Browsers',
    version: npmVersion('playwright-core'),
    request: node('playwright'),
  },
];
