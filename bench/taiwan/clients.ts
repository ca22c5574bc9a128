import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { identityCheckCharacter } from "#kaimen/consent/people.ts";

/**
 * The UCI set "default of credit card clients" (Yeh & Lien 2009, CC BY 4.0, DOI 10.24432/C55S3H) as feedback: a record
 * for each client and month from 2005-04 to 2005-09. Sex, education, marriage and age are not used; the identity
 * numbers are made up in region 990000 and encode nothing but the client's number in the set.
 */
export interface Client {
  readonly clientId: number;
  readonly name: string;
  readonly credentialsNo: string;
  readonly records: readonly Readonly<Record<string, string>>[];
}

export const clientColumns =
  "user_name,user_credentials_type,user_credentials_no,order_no,biz_type,order_status,create_amt,pay_month,gmt_ovd_date,overdue_cnt,pay_amt,credit_limit";

/** The newest month first in the source: PAY_0 and BILL_AMT1 are September's. */
const months = [
  { month: 4, payColumn: "PAY_6", number: 6 },
  { month: 5, payColumn: "PAY_5", number: 5 },
  { month: 6, payColumn: "PAY_4", number: 4 },
  { month: 7, payColumn: "PAY_3", number: 3 },
  { month: 8, payColumn: "PAY_2", number: 2 },
  { month: 9, payColumn: "PAY_0", number: 1 },
] as const;

export async function* readClients(directory: string, most: number): AsyncGenerator<Client> {
  const lines = createInterface({ input: createReadStream(join(directory, "clients.csv")) });
  let header: string[] | undefined;
  let count = 0;
  for await (const line of lines) {
    if (header === undefined) {
      header = line.split(",");
      continue;
    }
    if (count === most) return;
    count += 1;
    const values = line.split(",").map(Number);
    yield clientOf(Object.fromEntries(header.map((name, index) => [name, values[index] ?? 0])));
  }
}

function clientOf(row: Readonly<Record<string, number>>): Client {
  const clientId = row["ID"] ?? 0;
  const name = `TW${String(clientId).padStart(5, "0")}`;
  const credentialsNo = credentialsNoOf(clientId);
  const records = months.map(({ month, payColumn, number }) => {
    const status = row[payColumn] ?? 0;
    const overdue = Math.max(status, 0);
    return {
      user_name: name,
      user_credentials_type: "0",
      user_credentials_no: credentialsNo,
      order_no: `TWCC${String(clientId).padStart(5, "0")}`,
      biz_type: "credit_card",
      order_status: overdue > 0 ? "OVERDUE" : status === -2 ? "NO_BALANCE" : status === -1 ? "PAID" : "REPAYING",
      create_amt: Math.max(row[`BILL_AMT${number}`] ?? 0, 0).toFixed(2),
      pay_month: monthText(month),
      gmt_ovd_date: overdue > 0 ? `${monthText(month - (overdue - 1))}-01` : "",
      overdue_cnt: String(overdue),
      pay_amt: (row[`PAY_AMT${number}`] ?? 0).toFixed(2),
      credit_limit: (row["LIMIT_BAL"] ?? 0).toFixed(2),
    };
  });
  return { clientId, name, credentialsNo, records };
}

/** A month of 2005, or one before it where it is below 1. */
function monthText(month: number): string {
  return new Date(Date.UTC(2005, month - 1, 1)).toISOString().slice(0, 7);
}

function credentialsNoOf(clientId: number): string {
  const day = new Date(Date.UTC(1901, 0, 1 + Math.floor(clientId / 999)))
    .toISOString()
    .slice(0, 10)
    .replaceAll("-", "");
  const seventeen = `990000${day}${String((clientId % 999) + 1).padStart(3, "0")}`;
  return seventeen + identityCheckCharacter(seventeen);
}

/** Whether the client defaulted in October 2005, for those whose label is given, by client id. */
export async function readLabels(directory: string): Promise<ReadonlyMap<number, boolean>> {
  const [, ...lines] = (await readFile(join(directory, "train_labels.csv"), "utf8")).trimEnd().split("\n");
  return new Map(
    lines.map((line) => {
      const [clientId, , label] = line.trim().split(",");
      return [Number(clientId), label === "1"];
    }),
  );
}
