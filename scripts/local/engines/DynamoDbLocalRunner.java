import com.almworks.sqlite4java.SQLiteConnection;
import com.almworks.sqlite4java.SQLiteException;
import com.almworks.sqlite4java.SQLiteJob;
import com.almworks.sqlite4java.SQLiteQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import software.amazon.dynamodb.services.local.main.ServerRunner;
import software.amazon.dynamodb.services.local.server.AbstractLocalDynamoDBServerHandler;
import software.amazon.dynamodb.services.local.server.DynamoDBProxyServer;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.shared.access.AmazonDynamoDBLocal;

/** DynamoDB Local with two changes that it has no option for. It is compiled at its first start, which needs a JDK. */
class DynamoDbLocalRunner {
  public static void main(String[] args) throws Exception {
    DynamoDBProxyServer engine = ServerRunner.createServerFromCommandLineArgs(args);
    keepToLoopback(engine);
    indexStreamRecords(engine);
    engine.start();
  }

  /** Lets the engine listen on loopback only. By default it listens on every network interface. */
  private static void keepToLoopback(DynamoDBProxyServer engine) throws ReflectiveOperationException {
    for (var connector : ((Server) field(engine, DynamoDBProxyServer.class, "server")).getConnectors()) {
      ((ServerConnector) connector).setHost("127.0.0.1");
    }
  }

  /**
   * Adds indexes on the stream records. The engine keeps the records of all streams of a database in one table, whose only
   * index is the sequence number. Each write to a table with a stream looks for that stream's first record, and each read of
   * a stream for its last. Without these indexes both scan the records of all other streams, in the database's only thread.
   * Databases are opened when they are first used: one with -sharedDb, else one per access key.
   */
  private static void indexStreamRecords(DynamoDBProxyServer engine) throws ReflectiveOperationException {
    var handler = field(engine, DynamoDBProxyServer.class, "serverHandler");
    var requests = field(handler, AbstractLocalDynamoDBServerHandler.class, "primaryHandler");
    var databases = LocalDynamoDBRequestHandler.class.getDeclaredField("dbRequestHandlers");
    databases.setAccessible(true);
    databases.set(requests, new ConcurrentHashMap<String, AmazonDynamoDBLocal>() {
      @Override
      public AmazonDynamoDBLocal put(String name, AmazonDynamoDBLocal client) {
        index(client);
        return super.put(name, client);
      }
    });
  }

  private static void index(AmazonDynamoDBLocal client) {
    try {
      var access = field(client, client.getClass(), "dbAccess");
      var queue = (SQLiteQueue) field(access, access.getClass(), "queue");
      queue.execute(new SQLiteJob<Void>() {
        @Override
        protected Void job(SQLiteConnection database) throws SQLiteException {
          database.exec("CREATE INDEX IF NOT EXISTS tierferry_shard ON us (ShardID)");
          database.exec("CREATE INDEX IF NOT EXISTS tierferry_stream ON us (StreamID)");
          return null;
        }
      }).get();
    } catch (ReflectiveOperationException | InterruptedException | ExecutionException error) {
      throw new IllegalStateException("this version of DynamoDB Local stores its stream records in another way", error);
    }
  }

  private static Object field(Object of, Class<?> declaredIn, String name) throws ReflectiveOperationException {
    var field = declaredIn.getDeclaredField(name);
    field.setAccessible(true);
    return field.get(of);
  }
}
