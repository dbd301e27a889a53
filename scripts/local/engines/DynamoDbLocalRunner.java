import com.almworks.sqlite4java.SQLiteConnection;
import com.almworks.sqlite4java.SQLiteException;
import com.almworks.sqlite4java.SQLiteJob;
import com.almworks.sqlite4java.SQLiteQueue;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.deser.std.DelegatingDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import software.amazon.dynamodb.services.local.main.ServerRunner;
import software.amazon.dynamodb.services.local.server.AbstractLocalDynamoDBServerHandler;
import software.amazon.dynamodb.services.local.server.DynamoDBProxyServer;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.shared.access.AmazonDynamoDBLocal;
import software.amazon.dynamodb.services.local.shared.access.sqlite.SQLiteDBAccess;
import software.amazon.dynamodb.services.local.shared.access.sqlite.TableSchemaInfo;

/** DynamoDB Local with three changes that it has no option for. It is compiled at its first start, which needs a JDK. */
class DynamoDbLocalRunner {
  public static void main(String[] args) throws Exception {
    DynamoDBProxyServer engine = ServerRunner.createServerFromCommandLineArgs(args);
    keepToLoopback(engine);
    indexStreamRecords(engine);
    parseSchemasOnce();
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

  /**
   * Parses each version of a table's schema once. The engine stores it as JSON and parses it three times for each write,
   * which takes two fifths of the time of the database's only thread.
   */
  private static void parseSchemasOnce() throws ReflectiveOperationException {
    var job = Class.forName(SQLiteDBAccess.class.getPackageName() + ".SQLiteDBAccessJob");
    for (var owner : List.of(SQLiteDBAccess.class, job)) {
      var mapper = (ObjectMapper) field(null, owner, "MAPPER");
      // so that the deserializer sees the text
      mapper.enable(JsonParser.Feature.INCLUDE_SOURCE_IN_LOCATION);
      mapper.registerModule(new SimpleModule().setDeserializerModifier(
        new BeanDeserializerModifier() {
          @Override
          public JsonDeserializer<?> modifyDeserializer(
              DeserializationConfig config, BeanDescription bean, JsonDeserializer<?> parse) {
            return bean.getBeanClass() == TableSchemaInfo.class ? new ParsedSchemas(parse) : parse;
          }
        }));
    }
  }

  /** Gives each caller a copy, since a change of a table changes the schema that it was given. */
  private static class ParsedSchemas extends DelegatingDeserializer {
    private static final List<Field> FIELDS = Arrays.stream(TableSchemaInfo.class.getDeclaredFields())
        .filter(field -> !Modifier.isStatic(field.getModifiers()))
        .peek(field -> field.setAccessible(true))
        .toList();
    private final Map<ByteBuffer, TableSchemaInfo> parsed = new ConcurrentHashMap<>();

    ParsedSchemas(JsonDeserializer<?> parse) {
      super(parse);
    }

    @Override
    protected JsonDeserializer<?> newDelegatingInstance(JsonDeserializer<?> parse) {
      return new ParsedSchemas(parse);
    }

    @Override
    public Object deserialize(JsonParser parser, DeserializationContext context) throws IOException {
      var json = ByteBuffer.wrap((byte[]) parser.currentLocation().contentReference().getRawContent());
      var schema = parsed.get(json);
      if (schema == null) {
        schema = (TableSchemaInfo) super.deserialize(parser, context);
        parsed.put(json, schema);
      }
      try {
        var copy = new TableSchemaInfo();
        for (var field : FIELDS) field.set(copy, copyOf(field.get(schema)));
        return copy;
      } catch (ReflectiveOperationException error) {
        throw new IllegalStateException(error);
      }
    }

    private static Object copyOf(Object value) {
      if (value instanceof List<?> list) {
        var copy = new ArrayList<Object>(list.size());
        for (var element : list) copy.add(copyOf(element));
        return copy;
      }
      if (!(value instanceof Map<?, ?> map)) return value;
      var copy = new LinkedHashMap<Object, Object>();
      map.forEach((key, element) -> copy.put(key, copyOf(element)));
      return copy;
    }
  }

  private static Object field(Object of, Class<?> declaredIn, String name) throws ReflectiveOperationException {
    var field = declaredIn.getDeclaredField(name);
    field.setAccessible(true);
    return field.get(of);
  }
}
