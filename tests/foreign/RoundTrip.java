import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.*;
import java.util.Scanner;

/** Standard input: a class's name and JSON, in turn; standard output: the JSON of what was read. */
public class RoundTrip {
  public static void main(String[] arguments) throws Exception {
    var mapper = new ObjectMapper();
    var lines = new Scanner(System.in, "UTF-8");
    var out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, "UTF-8");
    while (lines.hasNextLine()) {
      var type = Class.forName("twincity." + lines.nextLine());
      out.println(mapper.writeValueAsString(mapper.readValue(lines.nextLine(), type)));
    }
    out.flush();
  }
}
