import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;

/**
 * Reads http.nonProxyHosts as HttpClient and HttpURLConnection do. Each line of stdin has the options of a JVM and URLs,
 * separated by tabs; prints `direct` or `proxy` for each URL, a line for each line.
 */
class JavaClient {
  public static void main(String[] args) throws Exception {
    var lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = lines.readLine()) != null; ) {
      String[] fields = line.split("\t");
      for (String option : fields[0].split(" ")) {
        String[] property = option.substring("-D".length()).split("=", 2);
        System.setProperty(property[0], property[1]);
      }
      var ways = new StringBuilder();
      for (int i = 1; i < fields.length; i++) {
        Proxy first = ProxySelector.getDefault().select(URI.create(fields[i])).get(0);
        ways.append(first.type() == Proxy.Type.DIRECT ? "direct " : "proxy ");
      }
      System.out.println(ways.toString().strip());
    }
  }
}
