"""The pages of the console, one module for each part; `bot.console.routes` says where they are and for whom."""
