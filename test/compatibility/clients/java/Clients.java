import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** One request to the URL in args[1] by the client named in args[0]; prints `STATUS code` or the error. */
public class Clients {
  public static void main(String[] args) {
    try {
      System.out.println(args[0].equals("upload") ? upload(args[1]) : "STATUS " + ask(args[0], args[1]));
    } catch (Throwable failure) {
      System.out.println(failure);
    }
    System.exit(0);
  }

  static final int TIMEOUT = Integer.parseInt(System.getenv().getOrDefault("TIMEOUT", "15"));

  static String upload(String url) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(TIMEOUT))
            .POST(HttpRequest.BodyPublishers.ofFile(java.nio.file.Path.of("/tmp/upload"))).build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body().strip();
  }

  static int askGrpc(URI url) throws Exception {
    boolean secure = url.getScheme().equals("https");
    int port = url.getPort() > 0 ? url.getPort() : secure ? 443 : 80;
    ManagedChannel channel =
        Grpc.newChannelBuilderForAddress(url.getHost(), port, secure ? TlsChannelCredentials.create() : InsecureChannelCredentials.create()).build();
    MethodDescriptor<byte[], byte[]> method =
        MethodDescriptor.newBuilder(BYTES, BYTES).setType(MethodDescriptor.MethodType.UNARY).setFullMethodName("compatibility.Echo/Get").build();
    ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT.withDeadlineAfter(TIMEOUT, TimeUnit.SECONDS), new byte[0]);
    return 200;
  }

  static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        public InputStream stream(byte[] message) {
          return new ByteArrayInputStream(message);
        }

        public byte[] parse(InputStream stream) {
          return new byte[0];
        }
      };

  static int ask(String client, String url) throws Exception {
    switch (client) {
      case "HttpClient":
        HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(TIMEOUT)).build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
      case "HttpURLConnection":
        HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
        connection.setConnectTimeout(TIMEOUT * 1000);
        connection.setReadTimeout(TIMEOUT * 1000);
        return connection.getResponseCode();
      case "OkHttp":
        try (okhttp3.Response response = new okhttp3.OkHttpClient().newCall(new okhttp3.Request.Builder().url(url).build()).execute()) {
          return response.code();
        }
      case "Apache":
        try (var http = org.apache.hc.client5.http.impl.classic.HttpClients.createSystem()) {
          return http.execute(new org.apache.hc.client5.http.classic.methods.HttpGet(url), response -> response.getCode());
        }
      case "gRPC":
        return askGrpc(URI.create(url));
      default:
        throw new IllegalArgumentException(client);
    }
  }
}
