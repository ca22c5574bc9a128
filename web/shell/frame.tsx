import LogoutOutlined from "@ant-design/icons/es/icons/LogoutOutlined";
import MenuOutlined from "@ant-design/icons/es/icons/MenuOutlined";
import UserOutlined from "@ant-design/icons/es/icons/UserOutlined";
import { Button, Drawer, Dropdown, Grid, Layout, Menu, type MenuProps } from "antd";
import { type ReactNode, useEffect, useState } from "react";
import { Link, useLocation } from "react-router";
import { ask } from "../api/client.ts";
import { mayCall, type Session, useSessionChange } from "../api/session.ts";
import { Brand } from "./brand.tsx";
import { EnvironmentBadge } from "./environment-badge.tsx";
import { groups, pages } from "./pages.tsx";
import { useBilingual, useText } from "./preferences.tsx";
import { LanguageSwitch, ThemeSwitch } from "./switches.tsx";

/** The frame around every page: where one is, who one is, and in which environment. */
export function Frame({ session, children }: { session: Session; children: ReactNode }) {
  const t = useText();
  const isWide = Grid.useBreakpoint().md ?? true;
  const [isOpen, setIsOpen] = useState(false);
  const { pathname } = useLocation();
  useEffect(() => setIsOpen(false), [pathname]);

  const navigation = (
    <nav aria-label={t("主导航", "Main navigation")}>
      <Navigation session={session} />
    </nav>
  );
  return (
    <Layout hasSider={isWide} className="frame">
      <a className="skip" href="#content">
        {t("跳到内容", "Skip to the content")}
      </a>
      {isWide ? (
        <Layout.Sider width={216} className="side" theme="light">
          <Link to="/" className="side-brand">
            <Brand />
          </Link>
          {navigation}
        </Layout.Sider>
      ) : (
        <Drawer
          open={isOpen}
          onClose={() => setIsOpen(false)}
          placement="left"
          size={264}
          title={<Brand />}
          styles={{ body: { padding: "8px 0" } }}
        >
          {navigation}
        </Drawer>
      )}
      <Layout>
        <Layout.Header className="head">
          {!isWide && (
            <Button
              type="text"
              icon={<MenuOutlined />}
              aria-label={t("打开导航", "Open the navigation")}
              onClick={() => setIsOpen(true)}
            />
          )}
          <EnvironmentBadge />
          <span className="head-space" />
          <LanguageSwitch />
          <ThemeSwitch />
          <AccountMenu session={session} isWide={isWide} />
        </Layout.Header>
        <Layout.Content id="content" role="main" className="content" tabIndex={-1}>
          {children}
        </Layout.Content>
      </Layout>
    </Layout>
  );
}

function Navigation({ session }: { session: Session }) {
  const say = useBilingual();
  const { pathname } = useLocation();
  const shown = pages.filter(({ title, who }) => title !== undefined && mayCall(session, who));
  const current = shown
    .filter(({ path }) => (path === "/" ? pathname === "/" : pathname === path || pathname.startsWith(`${path}/`)))
    .toSorted((a, b) => b.path.length - a.path.length)[0];
  const items = groups.flatMap((group): NonNullable<MenuProps["items"]> => {
    const children = shown
      .filter((page) => page.group === group.key)
      .map(({ path, title, icon }) => ({
        key: path,
        icon,
        label: <Link to={path}>{title === undefined ? path : say(title)}</Link>,
      }));
    if (children.length === 0) return [];
    return group.title === undefined ? children : [{ type: "group", label: say(group.title), children }];
  });
  return (
    <Menu
      mode="inline"
      items={items}
      selectedKeys={current === undefined ? [] : [current.path]}
      className="navigation"
    />
  );
}

function AccountMenu({ session, isWide }: { session: Session; isWide: boolean }) {
  const t = useText();
  const changed = useSessionChange();
  const signOut = async (): Promise<void> => {
    await ask("DELETE /api/session", {});
    await changed();
  };
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        items: [
          { key: "who", label: `${session.login} · ${session.role ?? session.merchantId ?? ""}`, disabled: true },
          { type: "divider" },
          { key: "out", label: t("退出登录", "Sign out"), icon: <LogoutOutlined />, onClick: () => void signOut() },
        ],
      }}
    >
      <Button
        type="text"
        icon={<UserOutlined />}
        // What a sighted person reads on it is in its name, so that it can be called by that.
        aria-label={`${t("账号菜单", "Account menu")} ${session.login}`}
      >
        {isWide ? <span className="head-login">{session.login}</span> : null}
      </Button>
    </Dropdown>
  );
}
