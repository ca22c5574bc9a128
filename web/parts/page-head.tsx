import ArrowLeftOutlined from "@ant-design/icons/es/icons/ArrowLeftOutlined";
import { type ReactNode, useEffect } from "react";
import { Link } from "react-router";

/** What a page is and what can be done on it; its title is the browser's, too. */
export function PageHead(head: {
  title: string;
  about?: ReactNode;
  actions?: ReactNode;
  back?: { to: string; title: string };
}) {
  const { title, about, actions, back } = head;
  useEffect(() => {
    document.title = `${title} · 开门 Kaimen`;
  }, [title]);
  return (
    <header className="page-head">
      <div>
        {back !== undefined && (
          <Link to={back.to} className="back">
            <ArrowLeftOutlined aria-hidden /> {back.title}
          </Link>
        )}
        <h1>{title}</h1>
        {about !== undefined && <p>{about}</p>}
      </div>
      {actions !== undefined && <div className="row">{actions}</div>}
    </header>
  );
}
