import io.cloudevents.CloudEvent;
import io.cloudevents.core.format.EventFormat;
import io.cloudevents.core.message.MessageWriter;
import io.cloudevents.core.provider.EventFormatProvider;
import io.cloudevents.http.HttpMessageFactory;
import io.cloudevents.jackson.JsonFormat;
import java.net.URI;
import java.net.http.*;
import java.nio.charset.StandardCharsets;
import java.util.Scanner;
import java.util.regex.Pattern;

/**
 * Argument: the gateway's address; standard input: CloudEvents in JSON, one a line. Standard
 * output: of each, in the binary and in the structured mode, what was answered.
 */
public class Speak {
  public static void main(String[] arguments) throws Exception {
    EventFormat json = EventFormatProvider.getInstance().resolveFormat(JsonFormat.CONTENT_TYPE);
    // It offers HTTP/2 on a plain connection; the gateway goes on in HTTP/1.1.
    var client = HttpClient.newHttpClient();
    var lines = new Scanner(System.in, "UTF-8");
    while (lines.hasNextLine()) {
      CloudEvent said = json.deserialize(lines.nextLine().getBytes(StandardCharsets.UTF_8));
      for (boolean binary : new boolean[] {true, false}) {
        var request = HttpRequest.newBuilder(URI.create(arguments[0] + "/statements"));
        byte[][] body = {new byte[0]};
        MessageWriter<?, Void> writer =
            HttpMessageFactory.createWriter(request::header, bytes -> body[0] = bytes);
        if (binary) writer.writeBinary(said);
        else writer.writeStructured(said, JsonFormat.CONTENT_TYPE);
        request.POST(HttpRequest.BodyPublishers.ofByteArray(body[0]));
        var answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        var verdict = Pattern.compile("\"verdict\": *\"(\\w+)\"").matcher(answer.body());
        System.out.println(answer.statusCode() + " " + (verdict.find() ? verdict.group(1) : ""));
      }
    }
  }
}
