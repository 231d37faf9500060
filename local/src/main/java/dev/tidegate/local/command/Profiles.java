package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The gateways that the user has logged in to, in a file for the user's eyes only.
 *
 * @param current the profile of the last login; null after its logout
 * @param profiles by their names
 */
record Profiles(String current, Map<String, Profile> profiles) {
  private static final JsonMapper MAPPER = new JsonMapper();

  /** A gateway, and the token for it. */
  record Profile(String gatewayUrl, String token) {}

  /** The file, by the convention of XDG. */
  static Path file(Map<String, String> environment) {
    String folder = environment.getOrDefault("XDG_CONFIG_HOME", "");
    // The convention ignores relative paths.
    return (Path.of(folder).isAbsolute()
            ? Path.of(folder)
            : Path.of(System.getProperty("user.home"), ".config"))
        .resolve("tidegate")
        .resolve("profiles.json");
  }

  static Profiles in(Path file) {
    try {
      return MAPPER.readValue(Files.readAllBytes(file), Profiles.class);
    } catch (NoSuchFileException none) {
      return new Profiles(null, Map.of());
    } catch (IOException unreadable) {
      throw new CommandFailure(
          "The profiles in %s cannot be read (%s). Remove the file and log in again"
              .formatted(file, FailureReport.reason(unreadable)),
          unreadable);
    }
  }

  Optional<Profile> named(String name) {
    return Optional.ofNullable(name).map(profiles::get);
  }

  /** With {@code profile} as the current one. */
  Profiles with(String name, Profile profile) {
    Map<String, Profile> more = new TreeMap<>(profiles);
    more.put(name, profile);
    return new Profiles(name, more);
  }

  Profiles without(String name) {
    Map<String, Profile> fewer = new TreeMap<>(profiles);
    fewer.remove(name);
    return new Profiles(name.equals(current) ? null : current, fewer);
  }

  /** Writes the file whole, for its owner alone from the beginning. */
  void writeTo(Path file) throws IOException {
    boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    Files.createDirectories(file.getParent(), only("rwx------", posix));
    Path unfinished =
        Files.createTempFile(file.getParent(), "profiles", ".tmp", only("rw-------", posix));
    try {
      Files.write(unfinished, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
      Files.move(
          unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private static FileAttribute<?>[] only(String permissions, boolean posix) {
    return posix
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }
}
