"""The solver's tools for LangChain and LangGraph: pip install hrm-toolkit langchain-core."""

from langchain_core.tools import StructuredTool

from hrm_toolkit import Planner

# A tool's text is complete: the verdict, the answer drawn, and violations with their places.
tools = [
    StructuredTool.from_function(
        tool.say, name=tool.name, description=tool.description, args_schema=tool.schema
    )
    for tool in Planner.tools()
]

if __name__ == "__main__":
    # An agent takes them as they are: langchain.agents.create_agent(model, tools).
    solve = next(tool for tool in tools if tool.name == "solve")
    print(solve.invoke({"puzzle": "1... ..3. .4.. ...2", "wait_s": 60}))
