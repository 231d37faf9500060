package dev.tidegate.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** A jar that a test compiles, as somebody else would build it against this JVM's class path. */
public final class CompiledJar {
  private final Map<String, byte[]> entries = new LinkedHashMap<>();

  /** Adds a file as it is. */
  public CompiledJar file(String name, String text) {
    entries.put(name, text.getBytes(UTF_8));
    return this;
  }

  /** Adds the classes of {@code sources}: the text of each, by the name of its file. */
  public CompiledJar compiled(Map<String, String> sources) throws IOException {
    Path folder = Files.createTempDirectory("compiled");
    Path classes = Files.createDirectory(folder.resolve("classes"));
    List<Path> files = new ArrayList<>();
    for (Map.Entry<String, String> source : sources.entrySet()) {
      files.add(Files.writeString(folder.resolve(source.getKey()), source.getValue()));
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter mistakes = new StringWriter();
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  mistakes,
                  manager,
                  null,
                  List.of(
                      "-proc:none",
                      "--release",
                      "17",
                      "-cp",
                      JavaProcess.classPath(),
                      "-d",
                      classes.toString()),
                  null,
                  manager.getJavaFileObjectsFromPaths(files))
              .call();
      if (!compiled) {
        throw new IllegalArgumentException(mistakes.toString());
      }
    }
    try (Stream<Path> found = Files.walk(classes)) {
      for (Path file : found.filter(Files::isRegularFile).toList()) {
        entries.put(
            classes.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
      }
    }
    return this;
  }

  /** Takes a file out again. */
  public CompiledJar without(String name) {
    if (entries.remove(name) == null) {
      throw new IllegalArgumentException("there is no " + name);
    }
    return this;
  }

  /** Says of a class that a Java to come compiled it. */
  public CompiledJar ofALaterJava(String name) {
    // Its version is in the bytes 6 and 7.
    entries.get(name)[7] = (byte) 200;
    return this;
  }

  /** Writes the jar. */
  public Path writeTo(Path file) throws IOException {
    try (OutputStream bytes = Files.newOutputStream(file);
        JarOutputStream jar = new JarOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        jar.putNextEntry(new JarEntry(entry.getKey()));
        jar.write(entry.getValue());
        jar.closeEntry();
      }
    }
    return file;
  }
}
