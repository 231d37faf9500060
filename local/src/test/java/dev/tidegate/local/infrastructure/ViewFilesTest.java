package dev.tidegate.local.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The views' files are of the form from which the Terraform module takes names and queries. */
class ViewFilesTest {
  private static final Path VIEWS = Repository.BIGQUERY.resolve("views");
  private static final Pattern USED = Pattern.compile("\\$\\{dataset}\\.(\\w+)");

  private final Map<String, String> views = new TreeMap<>();

  @BeforeEach
  void readViews() throws IOException {
    assumeTrue(Files.isDirectory(VIEWS), "there are no views");
    for (Path file : Repository.files(VIEWS, ".sql")) {
      views.put(file.getFileName().toString().replace(".sql", ""), Files.readString(file));
    }
  }

  @Test
  void eachIsOneStatementBehindAComment() {
    assertThat(views).isNotEmpty();
    views.forEach(
        (name, sql) -> {
          assertThat(sql)
              .as(name)
              .matches("(?s)(-- [^\n]*\n)+CREATE OR REPLACE VIEW \\$\\{dataset}\\.\\w+ AS\n.*")
              .contains("VIEW ${dataset}." + name + " AS")
              .containsOnlyOnce("CREATE OR REPLACE VIEW");
          assertThat(sql.replaceAll(";\\s*$", "")).as(name).doesNotContain(";\n");
          assertThat(sql.replaceAll(USED.pattern(), "")).as(name).doesNotContain("${");
        });
  }

  @Test
  void noneIsMoreThanTwoLevelsAboveTheTables() {
    views.keySet().forEach(name -> assertThat(level(name)).as(name).isLessThanOrEqualTo(2));
  }

  private int level(String name) {
    Set<String> used = new TreeSet<>();
    Matcher matcher = USED.matcher(views.get(name));
    while (matcher.find()) {
      used.add(matcher.group(1));
    }
    used.remove(name);
    used.retainAll(views.keySet());
    return used.stream().mapToInt(below -> level(below) + 1).max().orElse(0);
  }
}
