variable "github_repository" {
  description = "The repository on GitHub, as OWNER/NAME, whose release workflow may build and stage templates. Null lets none."
  type        = string
  default     = null

  validation {
    condition     = var.github_repository == null ? true : can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "The repository is OWNER/NAME, as on GitHub."
  }
}

variable "github_environment" {
  description = "The environment on GitHub that the release workflow runs in: who may release is decided there."
  type        = string
  default     = "release"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]+$", var.github_environment))
    error_message = "The environment's name has letters, digits, hyphens, dots and underscores only."
  }
}
