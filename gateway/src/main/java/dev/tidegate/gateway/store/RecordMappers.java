package dev.tidegate.gateway.store;

import java.lang.reflect.Type;
import java.util.Optional;
import org.jdbi.v3.core.config.ConfigRegistry;
import org.jdbi.v3.core.generic.GenericTypes;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.RowMapperFactory;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;

/** Every record is read from the columns that its components are named after. */
final class RecordMappers implements RowMapperFactory {
  @Override
  public Optional<RowMapper<?>> build(Type type, ConfigRegistry config) {
    Class<?> row = GenericTypes.getErasedType(type);
    return row.isRecord() && row != RawJson.class
        ? Optional.of(ConstructorMapper.of(row))
        : Optional.empty();
  }
}
