import { identityCheckCharacter } from "#kaimen/consent/people.ts";

/** The ten columns of the published document. */
export const documentColumns =
  "user_name,user_credentials_type,user_credentials_no,order_no,biz_type,order_status,create_amt,pay_month,gmt_ovd_date,overdue_cnt";

export interface TestPerson {
  readonly name: string;
  readonly credentialsNo: string;
}

/** A person that no demo person is; region 990000 belongs to nobody. `sequence` is 0 to 999. */
export function testPerson(sequence: number, name = `测试${sequence}`): TestPerson {
  const seventeen = `99000019700101${String(sequence).padStart(3, "0")}`;
  return { name, credentialsNo: seventeen + identityCheckCharacter(seventeen) };
}

export type FeedbackRow = Record<string, string | number>;

/** A month of an order as it should be; `changes` makes it otherwise. */
export function recordOf(person: TestPerson, month: string, changes: FeedbackRow = {}): FeedbackRow {
  return {
    user_name: person.name,
    user_credentials_type: "0",
    user_credentials_no: person.credentialsNo,
    order_no: `ORDER-${person.credentialsNo.slice(-6)}`,
    biz_type: "1",
    order_status: "04",
    create_amt: "1200.50",
    pay_month: month,
    gmt_ovd_date: "",
    overdue_cnt: "0",
    ...changes,
  };
}

/** `count` months up to and including the one that lies `newestAge` months before this one, in Beijing. */
export function recentMonths(count: number, newestAge = 1): string[] {
  const beijing = new Date(Date.now() + 8 * 3_600_000);
  return Array.from({ length: count }, (_, index) => {
    const age = newestAge + count - 1 - index;
    return new Date(Date.UTC(beijing.getUTCFullYear(), beijing.getUTCMonth() - age, 1)).toISOString().slice(0, 7);
  });
}

export function fileOf(rows: readonly FeedbackRow[]): string {
  return JSON.stringify({ records: rows });
}
