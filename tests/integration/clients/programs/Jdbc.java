// SPDX-License-Identifier: ISC
// pgjdbc.
import java.io.StringReader;
import java.sql.*;
import java.util.Properties;

import org.postgresql.PGConnection;

public class Jdbc {
    static void step(boolean good, String name) {
        if (!good)
            throw new RuntimeException(name);
        System.out.println("ok " + name);
    }

    public static void main(String[] args) throws Exception {
        var env = System.getenv();
        var words = new Properties();
        words.setProperty("user", env.get("PGUSER"));
        words.setProperty("password", env.get("PGPASSWORD"));
        words.setProperty("sslmode", env.get("PGSSLMODE"));
        words.setProperty("gssEncMode", "disable");
        if (!env.get("PGSSLMODE").equals("disable"))
            words.setProperty("sslrootcert", env.get("PGSSLROOTCERT"));
        words.setProperty("prepareThreshold", "1");
        String url = "jdbc:postgresql://" + env.get("PGHOST") + ":"
            + env.get("PGPORT") + "/" + env.get("PGDATABASE");
        System.out.println("pgjdbc "
            + org.postgresql.util.DriverInfo.DRIVER_VERSION);
        try (Connection conn = DriverManager.getConnection(url, words)) {
            Statement plain = conn.createStatement();
            ResultSet rows = plain.executeQuery("SELECT 1");
            step(rows.next() && rows.getInt(1) == 1, "login");
            PreparedStatement prepared =
                conn.prepareStatement("SELECT ?::int + 1");
            boolean good = true;
            for (int n = 0; n < 5; n++) {
                prepared.setInt(1, n);
                rows = prepared.executeQuery();
                good &= rows.next() && rows.getInt(1) == n + 1;
            }
            step(good, "prepared");
            plain.execute("CREATE TEMP TABLE t (n int)");
            PreparedStatement batch =
                conn.prepareStatement("INSERT INTO t VALUES (?)");
            for (int n = 1; n <= 500; n++) {
                batch.setInt(1, n);
                batch.addBatch();
            }
            batch.executeBatch();
            var lines = new StringBuilder();
            for (int n = 501; n <= 1000; n++)
                lines.append(n).append('\n');
            conn.unwrap(PGConnection.class).getCopyAPI().copyIn(
                "COPY t FROM STDIN", new StringReader(lines.toString()));
            rows = plain.executeQuery("SELECT sum(n) FROM t");
            step(rows.next() && rows.getInt(1) == 500500, "copy");
            plain.setQueryTimeout(1);
            String state = "";
            try {
                plain.execute("SELECT pg_sleep(30)");
            } catch (SQLException e) {
                state = e.getSQLState();
            }
            step(state.equals("57014"), "cancel");
            plain.setQueryTimeout(0);
            rows = plain.executeQuery("SELECT repeat('x', 1000) "
                + "FROM generate_series(1, 20000)");
            long sum = 0;
            while (rows.next())
                sum += rows.getString(1).length();
            step(sum == 20000000, "big");
        }
    }
}
