import { keyFile, lines, quoted, type SnippetCall } from "./snippet.ts";

/** .NET 6 or newer, as Program.cs of a console project. */
export function csharpSnippet({ gateway, parameters, files, signType }: SnippetCall): string {
  const body =
    files.length === 0
      ? "var body = new FormUrlEncodedContent(parameters);"
      : `var body = new MultipartFormDataContent();
foreach (var each in parameters) body.Add(new StringContent(each.Value), $"\\"{each.Key}\\"");
${files
  .map(
    ({ name, fileName }) =>
      `body.Add(new ByteArrayContent(File.ReadAllBytes(${quoted(fileName)})), ${quoted(`"${name}"`)}, ${quoted(`"${fileName}"`)});`,
  )
  .join("\n")}`;
  return `using System.Security.Cryptography;
using System.Text;

var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal)
{
${lines(parameters, (name, value) => `    [${quoted(name)}] = ${quoted(value)},`)}
    ["timestamp"] = DateTime.UtcNow.AddHours(8).ToString("yyyy-MM-dd HH:mm:ss"),
};
var stringToSign = string.Join("&", parameters.Where(each => each.Value != "").Select(each => $"{each.Key}={each.Value}"));
using var key = RSA.Create();
key.ImportFromPem(File.ReadAllText(${quoted(keyFile)}));
parameters["sign"] = Convert.ToBase64String(key.SignData(
    Encoding.UTF8.GetBytes(stringToSign), HashAlgorithmName.${signType === "RSA2" ? "SHA256" : "SHA1"}, RSASignaturePadding.Pkcs1));

${body}
var reply = await new HttpClient().PostAsync(${quoted(gateway)}, body);
Console.WriteLine(await reply.Content.ReadAsStringAsync());
`;
}
