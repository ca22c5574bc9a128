import { keyFile, lines, quoted, type SnippetCall } from "./snippet.ts";

/** Java 11 or newer, without packages: `java Call.java`. */
export function javaSnippet({ gateway, parameters, files, signType }: SnippetCall): string {
  const body =
    files.length === 0
      ? `        String body = parameters.entrySet().stream()
            .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
        HttpRequest request = HttpRequest.newBuilder(URI.create(${quoted(gateway)}))
            .header("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
            .POST(HttpRequest.BodyPublishers.ofString(body)).build();`
      : `        String boundary = UUID.randomUUID().toString();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (Map.Entry<String, String> each : parameters.entrySet())
            body.write(("--" + boundary + "\\r\\nContent-Disposition: form-data; name=\\"" + each.getKey()
                + "\\"\\r\\n\\r\\n" + each.getValue() + "\\r\\n").getBytes(StandardCharsets.UTF_8));
${files
  .map(
    ({
      name,
      fileName,
    }) => `        body.write(("--" + boundary + "\\r\\nContent-Disposition: form-data; name=\\"" + ${quoted(name)}
            + "\\"; filename=\\"" + ${quoted(fileName)} + "\\"\\r\\nContent-Type: application/octet-stream\\r\\n\\r\\n")
            .getBytes(StandardCharsets.UTF_8));
        body.write(Files.readAllBytes(Path.of(${quoted(fileName)})));
        body.write("\\r\\n".getBytes());`,
  )
  .join("\n")}
        body.write(("--" + boundary + "--\\r\\n").getBytes());
        HttpRequest request = HttpRequest.newBuilder(URI.create(${quoted(gateway)}))
            .header("Content-Type", "multipart/form-data; boundary=" + boundary)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray())).build();`;
  return `import java.io.*;
import java.net.*;
import java.net.http.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.*;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.util.*;
import java.util.stream.Collectors;

public class Call {
    public static void main(String[] arguments) throws Exception {
        TreeMap<String, String> parameters = new TreeMap<>();
${lines(parameters, (name, value) => `        parameters.put(${quoted(name)}, ${quoted(value)});`)}
        parameters.put("timestamp", LocalDateTime.now(ZoneId.of("Asia/Shanghai"))
            .format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss")));
        String stringToSign = parameters.entrySet().stream().filter(each -> !each.getValue().isEmpty())
            .map(each -> each.getKey() + "=" + each.getValue()).collect(Collectors.joining("&"));

        String pem = Files.readString(Path.of(${quoted(keyFile)})).replaceAll("-----[A-Z ]+-----|\\\\s", "");
        Signature signature = Signature.getInstance(${quoted(signType === "RSA2" ? "SHA256withRSA" : "SHA1withRSA")});
        signature.initSign(KeyFactory.getInstance("RSA")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem))));
        signature.update(stringToSign.getBytes(StandardCharsets.UTF_8));
        parameters.put("sign", Base64.getEncoder().encodeToString(signature.sign()));

${body}
        System.out.println(HttpClient.newHttpClient()
            .send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8)).body());
    }
}
`;
}
