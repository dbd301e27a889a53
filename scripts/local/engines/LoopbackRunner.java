import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import software.amazon.dynamodb.services.local.main.ServerRunner;
import software.amazon.dynamodb.services.local.server.DynamoDBProxyServer;

/**
 * DynamoDB Local on the loopback interface only. The engine itself listens on every interface and has no option to
 * change that, so its connector gets a host before it starts. Run as a single source file: needs a JDK, no build.
 */
class LoopbackRunner {
  public static void main(String[] args) throws Exception {
    DynamoDBProxyServer engine = ServerRunner.createServerFromCommandLineArgs(args);
    var field = DynamoDBProxyServer.class.getDeclaredField("server");
    field.setAccessible(true);
    for (var connector : ((Server) field.get(engine)).getConnectors()) {
      ((ServerConnector) connector).setHost("127.0.0.1");
    }
    engine.start();
  }
}
