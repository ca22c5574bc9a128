-- What the real gateway knows of an app besides its keys: whether it is online, which methods it has lost, and by which id
-- its users are told apart.
alter table app add column online boolean not null default true;
-- Names of methods, or the one word all.
alter table app add column punished_methods text[] not null default '{}';
alter table app add column user_identity text not null default 'user_id' check (user_identity in ('user_id', 'open_id'));
