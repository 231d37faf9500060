import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.Attributes;
import java.util.jar.Manifest;

/**
 * Copies a jar and gives the copy another main class: {@code FROM TO MAIN-CLASS}.
 *
 * <p>The JDK's file system for zip files takes over compressed entries as they are, where {@code jar
 * --update} would compress each again.
 */
final class AnotherMain {
  private AnotherMain() {}

  public static void main(String[] arguments) throws IOException {
    Path copy = Path.of(arguments[1]);
    Files.copy(Path.of(arguments[0]), copy, StandardCopyOption.REPLACE_EXISTING);
    try (FileSystem jar = FileSystems.newFileSystem(copy)) {
      Path file = jar.getPath("META-INF", "MANIFEST.MF");
      Manifest manifest;
      try (InputStream in = Files.newInputStream(file)) {
        manifest = new Manifest(in);
      }
      manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, arguments[2]);
      try (OutputStream out = Files.newOutputStream(file)) {
        manifest.write(out);
      }
    }
  }
}
