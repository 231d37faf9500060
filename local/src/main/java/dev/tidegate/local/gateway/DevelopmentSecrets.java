package dev.tidegate.local.gateway;

import dev.tidegate.gateway.config.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.function.Supplier;

/**
 * The secrets of a local system: made up at its first start and kept in its data folder, for the
 * owner's eyes only, so that senders and event IDs outlive a restart.
 */
public final class DevelopmentSecrets {
  private static final int KEY_BYTES = 32;

  private final Path folder;

  private DevelopmentSecrets(Path folder) {
    this.folder = folder;
  }

  /** Those in {@code dataFolder}; whichever is not there yet is made up. */
  public static DevelopmentSecrets in(Path dataFolder) throws IOException {
    Path folder = dataFolder.resolve("gateway").resolve("secrets");
    Files.createDirectories(folder.getParent());
    if (!Files.isDirectory(folder)) {
      Files.createDirectory(folder, ownersOnly(folder, "rwx------"));
    }
    DevelopmentSecrets secrets = new DevelopmentSecrets(folder);
    create(secrets.terminal49File(), DevelopmentSecrets::hex);
    create(secrets.standardFile(), DevelopmentSecrets::standardWebhooks);
    create(secrets.tokenKeyFile(), DevelopmentSecrets::hex);
    create(secrets.eventIdKeyFile(), DevelopmentSecrets::hex);
    create(secrets.stampKeyFile(), DevelopmentSecrets::hex);
    create(secrets.sessionKeyFile(), DevelopmentSecrets::hex);
    return secrets;
  }

  /** Where the secret of webhooks at {@code /webhooks/terminal49} is. */
  public Path terminal49File() {
    return folder.resolve("terminal49");
  }

  /** Where the secret of webhooks at {@code /webhooks/standard} is. */
  public Path standardFile() {
    return folder.resolve("standard");
  }

  public Secret terminal49() throws IOException {
    return read(terminal49File());
  }

  public Secret standard() throws IOException {
    return read(standardFile());
  }

  /**
   * The secret of the webhooks of a declared source, in the file {@code source-} and its name.
   *
   * @param isStandard whether it is one of Standard Webhooks
   */
  Secret ofSource(String source, boolean isStandard) throws IOException {
    Path file = folder.resolve("source-" + source);
    create(file, isStandard ? DevelopmentSecrets::standardWebhooks : DevelopmentSecrets::hex);
    return read(file);
  }

  /** What development tokens are signed with. */
  public Secret tokenKey() throws IOException {
    return read(tokenKeyFile());
  }

  /** What event IDs are made with. */
  public Secret eventIdKey() throws IOException {
    return read(eventIdKeyFile());
  }

  /** What messages are stamped with. */
  Secret stampKey() throws IOException {
    return read(stampKeyFile());
  }

  /** Where the key of stamps is, as the pipelines are told of it. */
  public String stampKeyReference() {
    return "file:" + stampKeyFile().toAbsolutePath();
  }

  /** What the console's sessions are sealed with. */
  Secret sessionKey() throws IOException {
    return read(sessionKeyFile());
  }

  private Path sessionKeyFile() {
    return folder.resolve("session-key");
  }

  private Path stampKeyFile() {
    return folder.resolve("stamp-key");
  }

  private Path tokenKeyFile() {
    return folder.resolve("token-key");
  }

  private Path eventIdKeyFile() {
    return folder.resolve("event-id-key");
  }

  private static Secret read(Path file) throws IOException {
    return Secret.of(Files.readString(file).strip());
  }

  private static void create(Path file, Supplier<String> secret) throws IOException {
    if (Files.exists(file) && Files.size(file) > 0) {
      return;
    }
    // Made whole beside its place: a start that is cut off leaves no half a secret.
    Path unfinished = file.resolveSibling(file.getFileName() + ".tmp");
    Files.deleteIfExists(unfinished);
    try {
      Files.createFile(unfinished, ownersOnly(file, "rw-------"));
    } catch (FileAlreadyExistsException another) {
      throw new IOException("another process makes " + file, another);
    }
    Files.write(unfinished, secret.get().getBytes(StandardCharsets.UTF_8));
    Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
  }

  private static FileAttribute<?>[] ownersOnly(Path place, String permissions) throws IOException {
    boolean posix = Files.getFileStore(place.getParent()).supportsFileAttributeView("posix");
    return posix
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  private static String hex() {
    return HexFormat.of().formatHex(random());
  }

  private static String standardWebhooks() {
    return "whsec_" + Base64.getEncoder().encodeToString(random());
  }

  private static byte[] random() {
    byte[] bytes = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }
}
