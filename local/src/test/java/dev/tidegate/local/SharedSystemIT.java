package dev.tidegate.local;

import dev.tidegate.local.command.GatewayCommandsIT;
import dev.tidegate.local.command.WhatIfIT;
import dev.tidegate.local.gateway.DocumentedRequestsIT;
import dev.tidegate.local.gateway.GatewaySystemIT;
import dev.tidegate.local.gateway.MendedIssueBrowserIT;
import dev.tidegate.local.gateway.MendedLetterIT;
import org.junit.platform.suite.api.AfterSuite;
import org.junit.platform.suite.api.SelectClasses;
import org.junit.platform.suite.api.Suite;

/**
 * The classes that only send to a system and look at it, on one system, which stops after them: an
 * idle one takes a third of a core from the tests beside it.
 */
@Suite
@SelectClasses({
  LocalSystemIT.class,
  FieldInputsIT.class,
  GatewaySystemIT.class,
  GatewayCommandsIT.class,
  MendedLetterIT.class,
  MendedIssueBrowserIT.class,
  WhatIfIT.class,
  DocumentedRequestsIT.class
})
class SharedSystemIT {
  @AfterSuite
  static void stop() {
    SharedSystem.stop();
  }
}
