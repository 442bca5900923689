"""The solver's tools for pydantic-ai: pip install hrm-toolkit pydantic-ai-slim."""

import sys

from pydantic_ai import Agent, Tool

from hrm_toolkit import Planner

# A tool's text is complete: the verdict, the answer drawn, and violations with their places.
tools = [
    Tool.from_schema(tool.say, tool.name, tool.description, tool.schema) for tool in Planner.tools()
]

if __name__ == "__main__":
    # python pydantic_ai_tools.py openai:gpt-5
    agent = Agent(sys.argv[1], tools=tools, instructions="Only what the tools verify counts.")
    print(agent.run_sync("Solve the sudoku 1... ..3. .4.. ...2").output)
