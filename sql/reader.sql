-- Run once by the database's owner, when the ledger has made its views; then
-- ALTER ROLE twincity_reader PASSWORD '…'. 由数据库所有者执行一次。
CREATE ROLE twincity_reader LOGIN;
ALTER ROLE twincity_reader SET default_transaction_read_only = on;
ALTER ROLE twincity_reader SET statement_timeout = '60s';
GRANT SELECT ON project, period, report, obstacle, factor, pair, board_line, sharing, share, party_share, worklist, assignment, rectification, drill, attainment TO twincity_reader;
